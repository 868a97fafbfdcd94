"""The lint that finds a bare "not ok" among the conditions of ``lesson.expect``."""

from __future__ import annotations

import ast

import pytest

from tests.notebooks.negatives import assigned, bare

BARE = [
    "not probe.ok",
    "not connect(guest, web).ok",
    "not matrix.ok(guest, db, 'address')",
    "matrix.ok(web, db, 'name') and not matrix.ok(guest, db, 'name')",
    "both and not (a.ok or b.ok)",
    "all(not probe.ok for probe in probes)",
    "not any(probe.ok for probe in probes)",
    "probe.ok is False",
    "probe.ok == False",
    "probe.verdict != 'ok'",
    "not probe.verdict == 'ok'",
    "way.verdict.outcome != 'arrived'",
    "guest.sh('true').exit_code != 0",
    "'secret' not in web.sh('env')",
    "not 'secret' in web.sh('env')",
    "'secret' not in web.sh('env').text.splitlines()",
    "'x' not in lab.host('ip netns')",
    "page not in connect(lab.host, 'localhost')",
    "not resolve(web, 'store').answers",
    "resolve(web, 'store').answers == ()",
    "len(resolve(web, 'store').answers) == 0",
    "set(resolve(web, 'store').answers) == set()",
    "probe.verdict not in ('ok', 'reset')",
    "web.address() not in resolve(db, web).answers",
    "web.sh(where).text != lab.host(where).text",
    "probe.verdict == 'refused' or not probe.ok",
]
SAID = [
    "probe.verdict in ('refused', 'timeout')",
    "len(resolve(web, 'shop').answers) == 2",
    "ip in resolve(web, 'new').answers and ip not in resolve(web, 'old').answers",
    "resolve(web2, 'database').ok and ip not in resolve(web2, 'store').answers",
    "probe.ok",
    "probe.verdict == 'refused'",
    "probe.verdict == 'refused' and not probe.ok",
    "not probe.ok and 'Connection refused' in probe",
    "stuck.verdict.at.role == 'bridge' and not stuck.ok",
    "web.sh('env').ok and 'secret' not in web.sh('env')",
    "'PATH=' in web.sh('env') and 'secret' not in web.sh('env')",
    "matrix.probe(a, b, 'name').verdict == 'timeout' and not matrix.ok(a, b, 'name')",
    "resolve(web, 'store').verdict == 'name not found' and not resolve(web, 'store').answers",
    "web.sh(where).ok and lab.host(where).ok and web.sh(where).text != lab.host(where).text",
    "not endpoint.ip",
    "not bridge.stp",
    "old != new",
    "'late' not in [c.name for c in observe(lab).containers]",
    "port.peer_netnsid is not None",
    "'shop' in web.sh('hostname')",
    "{p.verdict for p in probes} == {'refused'}",
]


def found(*lines: str) -> list[str]:
    return list(bare(ast.parse("\n".join(lines)).body))


@pytest.mark.parametrize("condition", BARE)
def test_only_denied(condition: str) -> None:
    assert found(f"lesson.expect('02.one', {condition}, 'why')") == ["02.one"]


@pytest.mark.parametrize("condition", SAID)
def test_it_is_said_what_there_is_instead(condition: str) -> None:
    assert found(f"lesson.expect('02.one', {condition}, 'why')") == []


@pytest.mark.parametrize("condition", BARE)
def test_names_are_followed(condition: str) -> None:
    assert found(f"a, silent = 1, {condition}", "lesson.expect('02.one', silent, 'why')") == ["02.one"]


def test_names_of_earlier_cells_are_followed_and_the_last_counts() -> None:
    known = assigned(ast.parse("listed = lab.host('ip netns')\nlisted = web.sh('env')").body)
    cell = ast.parse("hidden = db.name not in listed\nlesson.expect('02.one', hidden, 'why')").body
    assert list(bare(cell, known)) == ["02.one"]
    assert list(bare(cell, assigned(ast.parse("listed = names()").body, known))) == []


def test_in_a_branch_too_and_each_by_itself() -> None:
    lines = ["if more:", "    lesson.expect('02.one', not a.ok, 'why')", "lesson.expect('02.two', b.ok, 'why')"]
    assert found(*lines) == ["02.one"]
