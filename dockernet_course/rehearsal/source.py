"""The text of a Compose file: on which line what stands. What it means, the plugin alone says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml  # type: ignore[import-untyped]

from dockernet_course.errors import NotFound, Refused

__all__ = ["ENV_FILE", "ComposeText", "text_of"]

ENV_FILE = "env_file"
_MERGE = "tag:yaml.org,2002:merge"  # the key << (https://yaml.org/type/merge.html)
_VALUES = ("environment", "labels", "args")  # below these, keys are the learner's own words


@dataclass(frozen=True)
class ComposeText:
    """A file, as the tree of its nodes, each of which knows its line (counted from 1)."""

    path: Path
    text: str
    root: yaml.Node

    def line(self, *keys: str | int) -> int:
        """The line of what these keys lead to, or of the last of them that is in this file.

        An item of a list is named by its number, or by what stands before its ``=`` or ``:``.
        """
        return next(reversed([line for line, _ in self._steps(keys)]), 1)

    def has(self, *keys: str | int) -> bool:
        """Whether these keys lead to something in this file."""
        return len(list(self._steps(keys))) == len(keys)

    def count(self, *keys: str | int) -> int:
        """How many items the list has: 0 for what is no list, or is not there."""
        steps = list(self._steps(keys))
        there = len(steps) == len(keys) and isinstance(steps[-1][1], yaml.SequenceNode)
        return len(steps[-1][1].value) if there else 0

    def _steps(self, keys: tuple[str | int, ...]) -> Iterator[tuple[int, yaml.Node]]:
        """Along the keys as far as they lead: the line of each, and its value."""
        node = self.root
        for key in keys:
            step = _below(node, key)
            if step is None:
                return
            yield step
            node = step[1]

    def without_env_files(self) -> str:
        """The file without the names of files of variables, which are not read: the text itself where it has none."""
        if ENV_FILE not in self.text:
            return self.text
        root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        _drop(root, set())
        return str(yaml.serialize(root, Dumper=yaml.SafeDumper, allow_unicode=True))


def text_of(path: Path) -> ComposeText:
    """Read it. Raises NotFound if there is no such file, Refused with the line for what is no YAML."""
    try:
        text = path.read_text("utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise NotFound(f"There is no Compose file {path}.", state=error.strerror or "") from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise Refused(f"{path} is no YAML.", state=" ".join(str(error).split())) from None
    if not isinstance(root, yaml.MappingNode):
        raise Refused(f"{path} is no Compose file.", state="It has no services.")
    return ComposeText(path, text, root)


def _below(node: yaml.Node, key: str | int) -> tuple[int, yaml.Node] | None:
    """The line of a key or an item, and what it leads to."""
    if isinstance(node, yaml.MappingNode):
        return next(((k.start_mark.line + 1, v) for k, v in _pairs(node, set()) if k.value == key), None)
    if isinstance(node, yaml.SequenceNode):
        item = _item(node, key)
        return (item.start_mark.line + 1, item) if item is not None else None
    return None


def _item(node: yaml.SequenceNode, key: str | int) -> yaml.Node | None:
    if isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
    words = (each for each in node.value if isinstance(each, yaml.ScalarNode))
    return next((each for each in words if each.value == key or each.value.startswith((f"{key}=", f"{key}:"))), None)


def _pairs(node: yaml.MappingNode, seen: set[int]) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    """A mapping's own keys, then those of the mappings that it merges."""
    if id(node) in seen:
        return
    seen.add(id(node))
    yield from (pair for pair in node.value if pair[0].tag != _MERGE)
    for key, value in node.value:
        if key.tag == _MERGE:
            for one in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                if isinstance(one, yaml.MappingNode):
                    yield from _pairs(one, seen)


def _drop(node: yaml.Node, seen: set[int]) -> None:
    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        node.value = [pair for pair in node.value if pair[0].value != ENV_FILE]
        for key, value in node.value:
            if key.value not in _VALUES:
                _drop(value, seen)
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            _drop(each, seen)
