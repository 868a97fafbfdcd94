"""The second Compose file, which makes what the first one names the lab's; and Compose's words in ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from dockernet_course.errors import InUse, NotFound, PortInUse, Refused
from dockernet_course.lab.compose import Call, labelled

LABELS = {"org.dockernet.course": "shop-1"}


def test_everything_that_the_file_makes_is_labelled_and_nothing_is_pulled() -> None:
    config = {
        "services": {"web": {"image": "x"}, "db": {}},
        "networks": {"default": {"ipam": {}}, "front": None, "theirs": {"external": True}},
        "volumes": {"data": {"name": "shop_data"}, "old": {"external": True}},
    }
    marks = {"labels": LABELS}
    assert labelled(config, LABELS) == {
        "services": {name: {**marks, "pull_policy": "never"} for name in ("web", "db")},
        "networks": {"default": marks, "front": marks},
        "volumes": {"data": marks},
    }


def test_a_file_without_networks_and_volumes_gets_none() -> None:
    assert list(labelled({"services": {"web": {}}}, LABELS)) == ["services"]


SAID = """time="2026-01-01T00:00:00Z" level=warning msg="the attribute `version` is obsolete"
 Network shop_default  Creating
 Container shop-web-1  Started
"""


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Error response from daemon: No such image: x:1", NotFound),
        ("driver failed: Bind for 0.0.0.0:80 failed: port is already allocated", PortInUse),
        ("Error response from daemon: Address already in use", InUse),
        ("services.web Additional property imagge is not allowed", Refused),
    ],
)
def test_compose_is_quoted_without_what_it_says_on_the_way(tmp_path: Path, said: str, kind: type[Exception]) -> None:
    (tmp_path / "compose.yaml").touch()
    (tmp_path / "said").write_text(SAID + said)
    call = Call(["sh", "-c", f"cat {tmp_path}/said >&2; exit 1", "compose"], tmp_path / "compose.yaml", {})
    with pytest.raises(kind) as caught:
        call("up")
    assert caught.value.state == said  # type: ignore[attr-defined]
