"""Negative checks that say nothing: "not ok", where the kind of failure that was expected is not named.

``not probe.ok`` is true as well when the target was never made, the tool is missing, or the name has a typing error.
A condition of ``lesson.expect`` is *bare* where it only denies something of an answer (of a probe, a matrix, a
command that was run), and nothing beside it, joined with ``and``, says what the same answer was instead: its verdict,
its exit code, or something that is in its text. That an address is not among the answers to a name is as much as can
be said where the name may lead elsewhere: then another lookup beside it must have been answered. Names are followed
to where the chapter last assigned them. Pure.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

__all__ = ["assigned", "bare"]

_ASKS = frozenset(("connect", "here", "host", "logs", "ping", "probe", "quietly", "resolve", "run_once", "sh", "walk"))
_OF_TEXT = frozenset(("lower", "replace", "split", "splitlines", "strip"))
_KINDS = frozenset(("exit_code", "outcome", "verdict"))
_DENIED = frozenset(("answers", "ok"))
_LOOKUP = "another lookup"
_NOTHING = ("()", "[]", "set()", "0", "False", "None")
_OPPOSITE = {ast.NotEq: ast.Eq, ast.NotIn: ast.In, ast.IsNot: ast.Is}
Names = Mapping[str, ast.expr]


@dataclass(frozen=True)
class _Claim:
    """One part of a condition, and whether it is asserted or denied."""

    node: ast.expr
    asserted: bool


def assigned(statements: Iterable[ast.stmt], known: Names | None = None) -> dict[str, ast.expr]:
    """Name → expression after the statements; of ``a, b = x, y`` each has its own."""
    names = dict(known or {})
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            names |= _pairs(node.targets[0], node.value)
    return names


def _pairs(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    if isinstance(target, ast.Name):
        return {target.id: value}
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        return {name: each for t, v in zip(target.elts, value.elts, strict=True) for name, each in _pairs(t, v).items()}
    return {}


def bare(statements: Iterable[ast.stmt], known: Names | None = None) -> Iterator[str]:
    """The ids of the checks in a cell whose condition is bare; ``known`` is what earlier cells assigned."""
    statements = tuple(statements)
    names = assigned(statements, known)
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "lesson.expect":
            cid, condition = node.args[:2]
            if any(_is_bare(group, names) for group in _groups(condition, True, names)):
                yield str(ast.literal_eval(cid))


def _follow(node: ast.expr, names: Names) -> ast.expr:
    """What a name stands for."""
    for _ in range(9):
        if not (isinstance(node, ast.Name) and node.id in names):
            break
        node = names[node.id]
    return node


def _groups(node: ast.expr, asserted: bool, names: Names) -> list[list[_Claim]]:
    """What must hold together; each branch of an "or" by itself, beside what is joined with it by "and"."""
    node = _follow(node, names)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _groups(node.operand, not asserted, names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("all", "any") and node.args:
        (inner,) = node.args
        return _groups(inner.elt if isinstance(inner, ast.GeneratorExp | ast.ListComp) else inner, asserted, names)
    if not isinstance(node, ast.BoolOp):
        return [[_Claim(node, asserted)]]
    parts = [_groups(value, asserted, names) for value in node.values]
    if isinstance(node.op, ast.And) is not asserted:
        return [group for part in parts for group in part]
    joined = [claim for part in parts if len(part) == 1 for claim in part[0]]
    return [[*group, *joined] for part in parts if len(part) > 1 for group in part] or [joined]


def _is_bare(group: list[_Claim], names: Names) -> bool:
    said = {subject for claim in group for subject in _said(claim, names)}
    return any(subjects and not subjects & said for claim in group for subjects in [set(_denied(claim, names))])


def _compared(claim: _Claim) -> tuple[ast.expr, type[ast.cmpop], ast.expr, bool] | None:
    """Left, operator, right, and whether it is asserted; ``!=`` is a denied ``==``, ``ok == False`` a denied ``ok``."""
    if not isinstance(claim.node, ast.Compare) or len(claim.node.ops) != 1:
        return None
    kind, right = type(claim.node.ops[0]), claim.node.comparators[0]
    return claim.node.left, _OPPOSITE.get(kind, kind), right, claim.asserted is (kind not in _OPPOSITE)


def _denied(claim: _Claim, names: Names) -> Iterator[str]:
    """The answers of which the claim only denies something."""
    compared = _compared(claim)
    if compared is None:
        if not claim.asserted and _has(claim.node, _DENIED):
            yield _subject(claim.node, names)
        return
    left, operator, right, asserted = compared
    if isinstance(right, ast.Constant) and isinstance(right.value, bool) and operator in (ast.Eq, ast.Is):
        yield from _denied(_Claim(left, asserted is right.value), names)
    elif asserted:
        yield from (_subject(left, names) for _ in [0] if _of_answers(left) and ast.unparse(right) in _NOTHING)
    elif operator is ast.In:
        yield from (_subject(right, names) for _ in [0] if _is_answer(right, names))
        yield from (_subject(left, names) for _ in [0] if _has(left, _KINDS))
        yield from (_LOOKUP for _ in [0] if _has(_follow(right, names), {"answers"}))
    elif operator in (ast.Eq, ast.Is):
        yield from (_subject(side, names) for side in (left, right) if _is_answer(side, names))


def _said(claim: _Claim, names: Names) -> Iterator[str]:
    """The answers of which the claim says what they were."""
    compared = _compared(claim)
    if compared is None:
        node = _follow(claim.node, names)
        if claim.asserted and (_has(node, {"ok"}) or any(_has(each, _KINDS) for each in ast.walk(node))):
            yield from _subjects(node, names)
        return
    left, operator, right, asserted = compared
    if asserted and operator in (ast.In, ast.Eq, ast.Is) and ast.unparse(right) not in _NOTHING:
        yield from (subject for side in (left, right) for subject in _subjects(side, names))


def _subjects(node: ast.expr, names: Names) -> Iterator[str]:
    yield _subject(node, names)
    base = _base(node, names)
    if isinstance(base, ast.Call) and ast.unparse(base.func) == "resolve":
        yield _LOOKUP


def _has(node: ast.AST, wanted: Iterable[str]) -> bool:
    """Whether it is one of these attributes, or a call of it."""
    node = node.func if isinstance(node, ast.Call) else node
    return isinstance(node, ast.Attribute) and node.attr in wanted


def _of_answers(node: ast.expr) -> bool:
    """Whether it is the answers to a name, or how many there are."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) in ("len", "set", "list") and node.args:
        node = node.args[0]
    return _has(node, {"answers"})


def _base(node: ast.expr, names: Names) -> ast.expr:
    """The answer itself, under what is taken from it: ``.text.strip()``, ``.verdict.rule``, ``[0]``."""
    node = _follow(node, names)
    if isinstance(node, ast.Attribute | ast.Subscript):
        return _base(node.value, names)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _OF_TEXT:
        return _base(node.func.value, names)
    return node


def _is_answer(node: ast.expr, names: Names) -> bool:
    base = _base(node, names)
    verdict = any(_has(each, _KINDS | _DENIED) for each in ast.walk(_follow(node, names)))
    return verdict or (isinstance(base, ast.Call) and ast.unparse(base.func).rpartition(".")[2] in _ASKS)


def _subject(node: ast.expr, names: Names) -> str:
    """A name for the answer; ``matrix.ok(a, b, way)`` and ``matrix.probe(a, b, way)`` are about the same one."""
    base = _base(node, names)
    if isinstance(base, ast.Call) and _has(base, {"ok", "probe"}):
        return ast.unparse(base).replace(".ok(", ".probe(")
    return ast.unparse(base)
