"""The normal form of stored notebooks: what is left out, what stays, what is replaced."""

from __future__ import annotations

import copy
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from dockernet_course.course import normal, store_outputs, with_stored_outputs
from dockernet_course.course.normal import WIDGET, sanitized

PIXEL = "iVBORw0KGgo="


def executed(*, address: str = "172.17.0.2", picture: str = PIXEL, alt: str = "One container.") -> NotebookNode:
    """A notebook as papermill leaves it."""
    picture_output = new_output(
        "display_data",
        {"image/png": picture, "text/html": f"<img src='{picture}'>", "text/plain": alt},
        metadata={"image/png": {"alt": alt, "width": 100}},
    )
    widget = new_output("display_data", {WIDGET: {"model_id": "8f0c"}, "text/plain": "a question"})
    cells = [
        new_markdown_cell("# Title", id="head"),
        new_code_cell('ENGINE = "auto"', id="engine", metadata={"tags": ["parameters"]}),
        new_code_cell('ENGINE = "capsule"', metadata={"tags": ["injected-parameters"]}),
        new_code_cell(
            "web.sh('ip addr')",
            id="addr",
            execution_count=7,
            metadata={"papermill": {"duration": 0.1}, "execution": {"iopub.status.busy": "2026"}, "tags": []},
            outputs=[
                new_output("stream", name="stdout", text="$ docker\n"),
                new_output("stream", name="stdout", text="more\n"),
                new_output("execute_result", {"text/plain": f"inet {address}/16"}, execution_count=7),
            ],
        ),
        new_code_cell("show_map()", id="map", execution_count=8, outputs=[picture_output]),
        new_code_cell("lesson.predict()", id="ask", execution_count=9, outputs=[widget]),
    ]
    return NotebookNode(
        new_notebook(cells=cells, metadata={"papermill": {"start_time": "2026"}, "widgets": {"state": {}}})
    )


def test_nothing_is_left_of_when_and_by_what_it_was_run() -> None:
    text = nbformat.writes(normal(executed()))
    for trace in ("papermill", "2026", "injected", "widget", "capsule", "model_id"):
        assert trace not in text


def test_a_picture_is_stored_once_and_a_question_stays() -> None:
    (shown,) = normal(executed())["cells"][3]["outputs"]
    assert set(shown["data"]) == {"image/png", "text/plain"}
    question = normal(new_notebook(cells=[new_code_cell(outputs=[new_output("display_data", {"text/html": "<p>?"})])]))
    assert question["cells"][0]["outputs"][0]["data"] == {"text/html": "<p>?"}


def test_counts_begin_at_one_and_streams_are_one() -> None:
    cells = normal(executed())["cells"]
    assert [cell.get("execution_count") for cell in cells] == [None, 1, 2, 3, 4]
    assert cells[2]["outputs"][0]["text"] == "$ docker\nmore\n"
    assert cells[2]["outputs"][1]["execution_count"] == 2


def test_it_is_valid_and_a_second_time_changes_nothing() -> None:
    once = normal(executed())
    nbformat.validate(once)
    assert normal(copy.deepcopy(once)) == once


def test_the_notebook_given_is_not_changed() -> None:
    given = executed()
    before = copy.deepcopy(given)
    normal(given)
    assert given == before


def test_ids_stay_and_random_ones_come_from_the_text() -> None:
    notebook = new_notebook(cells=[new_markdown_cell("a", id="mine"), new_markdown_cell("b"), new_markdown_cell("b")])
    mine, first, second = (cell["id"] for cell in normal(notebook)["cells"])
    notebook["cells"].insert(0, new_markdown_cell("new"))
    _, *rest = (cell["id"] for cell in normal(notebook)["cells"])
    assert mine == "mine" and first != second and rest == [mine, first, second]


def test_another_address_replaces_nothing() -> None:
    stored = normal(executed(address="172.17.0.2"))
    fresh = with_stored_outputs(normal(executed(address="172.17.0.9")), stored)
    assert fresh == stored


def test_another_picture_of_the_same_replaces_nothing() -> None:
    stored = normal(executed())
    assert with_stored_outputs(normal(executed(picture="AAAA")), stored) == stored


def test_a_picture_of_something_else_is_stored() -> None:
    fresh = with_stored_outputs(normal(executed(picture="AAAA", alt="Two containers.")), normal(executed()))
    assert fresh["cells"][3]["outputs"][0]["data"]["image/png"] == "AAAA"


def test_outputs_come_from_one_run() -> None:
    fresh = with_stored_outputs(
        normal(executed(address="172.17.0.9", alt="Two containers.")), normal(executed(address="172.17.0.2"))
    )
    assert "172.17.0.9" in str(fresh) and "172.17.0.2" not in str(fresh)


def test_cells_with_the_same_text_keep_their_own_outputs() -> None:
    def twice(first: str, second: str) -> NotebookNode:
        outputs = [[new_output("stream", text=text)] for text in (first, second)]
        return normal(new_notebook(cells=[new_code_cell("look()", outputs=one) for one in outputs]))

    fresh = with_stored_outputs(twice("nothing", "db at 172.17.0.3"), twice("nothing", "db at 172.17.0.2"))
    assert [cell["outputs"][0]["text"] for cell in fresh["cells"]] == ["nothing", "db at 172.17.0.2"]


def test_storing_again_changes_no_file(tmp_path: Path) -> None:
    source, run = tmp_path / "01.ipynb", tmp_path / "run.ipynb"
    nbformat.write(new_notebook(cells=[new_code_cell("web.sh('ip addr')", id="addr")]), source)
    nbformat.write(executed(), run)
    assert store_outputs(source, run)
    text = source.read_text()
    nbformat.write(executed(address="172.17.0.5", picture="AAAA"), run)
    assert not store_outputs(source, run)
    assert source.read_text() == text
    assert store_outputs(source, run, everything=True)
    assert "AAAA" in source.read_text()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("inet 172.17.0.2/16 brd 172.17.255.255", "inet 172.18.0.3/16 brd 172.18.255.255"),
        ("link/ether 02:42:ac:11:00:02", "link/ether 3e:1d:6c:00:aa:01"),
        ("eth0@if22", "eth0@if7"),
        ("veth3f79716 on br-3f79716c0a1b", "veth0000001 on br-0a1b2c3d4e5f"),
        ("id 3f79716c0a1b", "id 0a1b2c3d4e5f"),
        ("inet6 fe80::42:acff:fe11:2/64", "inet6 fe80::1c2d:3eff:fe4f:5a6b/64"),
        ("64 bytes: icmp_seq=1 ttl=64 time=0.045 ms", "64 bytes: icmp_seq=1 ttl=64 time=0.1 ms"),
        ("net:[4026532281]", "net:[4026531840]"),
        ("link-netnsid 0", "link-netnsid 3"),
        ("2026-11-24T22:56:32.123456Z", "2027-01-01T00:00:00Z"),
    ],
)
def test_what_differs_from_run_to_run_is_sanitized(one: str, other: str) -> None:
    assert sanitized(one) == sanitized(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("state UP", "state DOWN"),
        ("127.0.0.1", "127.0.0.11"),
        ("nameserver 127.0.0.11", "nameserver 172.17.0.1"),
        ("1 received", "0 received"),
        ("bridge    bridge    local", "bridge    null      local"),
        ("<NO-CARRIER,BROADCAST,MULTICAST,UP>", "<BROADCAST,MULTICAST,UP,LOWER_UP>"),
        ("ttl=64", "ttl=63"),
        ("master docker0", "master br-3f79716c0a1b"),
    ],
)
def test_what_the_text_is_about_is_not(one: str, other: str) -> None:
    assert sanitized(one) != sanitized(other)
