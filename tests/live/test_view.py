"""Somebody's own engine, as it is: looked at, asked after leave was given, and left as it was.

A capsule plays that engine; with ``kind="own"`` nothing of the course's liberties with its own engines is taken.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import jsonschema
import pytest

from dockernet_course.engines import Engine
from dockernet_course.engines.find.host import enter_argv
from dockernet_course.errors import ContainerExited, DockernetError, LabError, NotFound, Refused
from dockernet_course.experiments import reachability
from dockernet_course.experiments.walk import walk
from dockernet_course.experiments.why import why
from dockernet_course.figures import sheet_view
from dockernet_course.lab import leftovers, open_view
from dockernet_course.observe import as_json, groups, observe, only
from tests.commands import dockernet
from tests.live import labs
from tests.waiting import eventually

pytestmark = pytest.mark.live
IDLE = ["sleep", "1000"]
Command = Callable[..., subprocess.CompletedProcess[str]]
IMAGE = "dockernet-lab:1"
_PROCESSES = 'found=$(cat /proc/[0-9]*/comm); echo "$found" | sort'
SCHEMAS = Path(__file__).parents[2] / "docs" / "schemas"


@pytest.fixture(scope="module")
def theirs(private_engine: Engine) -> Engine:
    return replace(private_engine, kind="own", name=None)


@pytest.fixture(scope="module")
def shop(private_engine: Engine) -> Iterator[str]:
    """A Compose project, as Compose labels it, and a container of somebody else's. Nothing of it changes."""
    assert private_engine.name
    name = private_engine.name
    project = ["--label", "com.docker.compose.project=shop"]
    for network in ("front", "back"):
        labs.docker(name, "network", "create", *project, f"shop_{network}")
    for service, network, command in (
        ("web", "front", []),
        ("db", "back", ["sh", "-c", "nc -lk -p 5432 > /heard"]),
        ("api", "back", IDLE),
    ):
        labels = [*project, "--label", f"com.docker.compose.service={service}"]
        where = ["--network", f"shop_{network}", "--network-alias", service]
        labs.docker(name, "run", "-d", "--name", f"shop-{service}-1", *labels, *where, IMAGE, *command)
    labs.docker(name, "network", "connect", "--alias", "web", "shop_back", "shop-web-1")
    labs.docker(name, "run", "-d", "--name", "alone", "-p", "80", IMAGE)
    labs.docker(name, "create", "--name", "off", IMAGE)
    before = everything(name)
    yield name
    assert everything(name) == before
    labs.docker(name, "rm", "-f", "shop-web-1", "shop-db-1", "shop-api-1", "alone", "off")
    labs.docker(name, "network", "rm", "shop_front", "shop_back")


def everything(capsule: str) -> list[str]:
    """All that a view could have changed: containers, networks, the host's rules, processes in the containers."""
    lines = (
        ("ps", "-a", "--no-trunc", "--format", "{{.ID}} {{.Names}} {{.State}}"),
        ("network", "inspect", "shop_front", "shop_back", "bridge"),
        ("volume", "ls"),
        *(("exec", name, "sh", "-c", _PROCESSES) for name in ("shop-web-1", "shop-db-1", "shop-api-1", "alone")),
    )
    rules = labs.on_host(capsule, "sh", "-c", "iptables-save | grep -v '^[#:]'; nft list tables")
    return [*(labs.docker(capsule, *line) for line in lines), rules]


def test_a_view_sees_what_others_made(theirs: Engine, shop: str) -> None:
    with open_view(theirs) as view:
        seen = observe(view)
        assert [c.name for c in seen.containers] == ["alone", "off", "shop-api-1", "shop-db-1", "shop-web-1"]
        assert [group.project for group in groups(seen)] == ["shop", ""]
        assert seen.foreign == 0
        assert seen.container("shop-web-1").service == "web"
        assert [n.name for n in only(seen, "shop").networks] == ["shop_back", "shop_front"]
        drawn = sheet_view(groups(seen), title="What is there?")
        assert "project shop" in {text.text for text in drawn.layout.texts}
        assert drawn.picture().png()
        schema = json.loads((SCHEMAS / "look.json").read_text())
        jsonschema.validate(as_json(seen), schema, cls=jsonschema.Draft202012Validator)


def test_only_the_observer_is_there_and_goes(theirs: Engine, shop: str) -> None:
    view = open_view(theirs)
    assert view.observer
    (thing,) = leftovers(theirs)
    assert (thing.view, thing.dead, thing.lab) == (True, False, view.id)
    view.close()
    assert leftovers(theirs) == ()
    with pytest.raises(LabError, match="This view is closed"):
        observe(view)


def test_no_process_of_ours_is_in_a_container(theirs: Engine, shop: str) -> None:
    """The commands run with its addresses and names, but not in its other namespaces."""
    with open_view(theirs) as view:
        web, api = view.container("shop-web-1"), view.container("api")
        there = "readlink /proc/self/ns/net; readlink /proc/self/ns/pid"
        network, processes = web.sh(["sh", "-c", there]).text.split()
        inside = labs.docker(shop, "exec", "shop-web-1", "sh", "-c", there).split()
        assert (network, processes != inside[1]) == (inside[0], True)
        assert web.sh("getent hosts db").ok, "its own resolver's files are asked"
        assert not view.container("alone").sh("getent hosts db").ok
        assert api.name == "shop-api-1", "a service's only container"
        with pytest.raises(NotFound, match="no one container"):
            view.container("ghost")
        with pytest.raises(ContainerExited, match="off is not running"):
            view.container("off").sh("true")


def test_nothing_is_asked_without_leave(theirs: Engine, shop: str) -> None:
    told: list[tuple[str, ...]] = []

    def never(what: str, lines: object) -> bool:
        told.append((what, *lines))  # type: ignore[misc]
        return False

    for permit in (False, never):
        with open_view(theirs, permit=permit) as view:
            for ask in (
                lambda: reachability(view, ["alone"], ["shop-web-1"]),
                lambda: walk(view, "alone", "shop-web-1"),
                lambda: why(view, "alone", "shop-web-1"),
            ):
                with pytest.raises(Refused, match="not permitted") as refused:
                    ask()
                assert refused.value.cure
    assert [len(lines) > 1 for lines in told] == [True] * 3, "who is asked, is told"
    assert "nc -zv" in " ".join(told[0])


def test_nothing_is_said_over_a_connection(theirs: Engine, shop: str) -> None:
    with open_view(theirs, permit=True) as view:
        found = reachability(view, ["shop-web-1", "shop-api-1"], ["shop-db-1"], ["port"])
        assert [cell.probe and cell.probe.verdict for cell in found] == ["ok", "ok"]
        assert why(view, "api", "db:5432").can is True
        assert why(view, "api", "db:5433").cause == "another port"
        assert walk(view, "shop-api-1", "shop-db-1", "port", 5432).ok
    said = "wc -c < /heard; echo x | nc -w 1 localhost 5432; cat /heard"
    heard = labs.docker(shop, "exec", "shop-db-1", "sh", "-c", said)
    assert heard.split() == ["0", "x"], "and its server does write down what it hears"


def test_a_walk_disturbs_nobody_on_the_bridge(theirs: Engine, shop: str) -> None:
    """A stream of packets through the same bridge meanwhile: none is lost, none comes twice."""
    with open_view(theirs, permit=True) as view:
        to = next(end.ip for end in observe(view).container("shop-db-1").endpoints)
        stream = ["docker", "exec", "shop-web-1", "ping", "-q", "-i", "0.01", "-c", "300", to]
        with subprocess.Popen(enter_argv(shop, stream), stdout=subprocess.PIPE, text=True) as pinging:
            while pinging.poll() is None:
                assert walk(view, "shop-api-1", "shop-db-1", "port", 5432).ok
            said = pinging.stdout.read() if pinging.stdout else ""
    assert "300 packets transmitted, 300 received, 0% packet loss" in said, said
    assert "dup" not in said


def test_after_kill_9_nothing_is_left(theirs: Engine, private_engine: Engine, shop: str) -> None:
    program = (
        "import json, sys; from dockernet_course.engines import Engine; from dockernet_course.lab import open_view\n"
        "view = open_view(Engine(*json.loads(sys.argv[1]))); view.observer; print('ready', flush=True); input()"
    )
    words = [sys.executable, "-c", program, labs.facts(theirs)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        assert other.stdout.readline() == "ready\n"
        assert [thing.view for thing in leftovers(theirs)] == [True]
        other.kill()
    assert eventually(lambda: leftovers(theirs) == ())


@pytest.fixture
def command(shop: str) -> Command:
    """The command ``dockernet``, for which that engine is the one to use."""
    return partial(dockernet, DOCKERNET_ENGINE="capsule", DOCKERNET_CAPSULE=shop)


def test_look_in_a_terminal(command: Command, tmp_path: Path) -> None:
    done = command("look")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "project shop" in lines
    assert "in no Compose project" in lines
    web = next(line for line in lines if line.startswith("  shop-web-1"))
    assert "shop_back: 172." in web
    assert "*:80/tcp" in web
    part = command("look", "--project", "shop", "--json", "-", "--png", str(tmp_path / "a.png"))
    found = json.loads(part.stdout)
    assert [c["service"] for c in found["containers"]] == ["api", "db", "web"]
    assert found["left_out"] == {"containers": 1}
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")
    html, svg = tmp_path / "a.html", tmp_path / "a.svg"
    assert command("look", "--html", str(html), "--svg", str(svg)).returncode == 0
    assert "shop-web-1" in html.read_text()
    assert "<svg" in svg.read_text()
    missing = command("look", "--project", "shup")
    assert (missing.returncode, "no Compose project" in missing.stderr) == (1, True)
    assert "There is: shop." in missing.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [(("api", "db:5432"), 0), (("api", "db:5433"), 1), (("api", "off"), 2), (("ghost", "db"), 2)],
    ids=["can", "cannot", "not-running", "unknown"],
)
def test_the_status_of_why(command: Command, words: tuple[str, str], status: int) -> None:
    done = command("why", *words, "--yes")
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_json_for_scripts(command: Command) -> None:
    for words in (("why", "api", "db:5433"), ("walk", "api", "shop-db-1"), ("matrix", "--project", "shop")):
        done = command(*words, "--yes", "--json", "-")
        schema = json.loads((SCHEMAS / f"{words[0]}.json").read_text())
        jsonschema.validate(json.loads(done.stdout), schema, cls=jsonschema.Draft202012Validator)
    masked = command("why", "api", "db:5433", "--yes", "--masked").stdout
    assert "172." not in masked
    assert "shop" not in masked
    assert "container-1" in masked


def test_without_leave_nothing_is_sent_from_a_terminal(command: Command) -> None:
    for words in (("why", "api", "db"), ("walk", "api", "shop-db-1"), ("matrix",)):
        done = command(*words)
        assert done.returncode == 2
        assert "not permitted" in done.stderr
        assert "--yes" in done.stderr


def test_a_matrix_in_a_terminal(command: Command) -> None:
    done = command("matrix", "api", "shop-web-1", "--way", "port", "--yes")
    assert done.returncode == 0, done.stderr
    assert "Who reaches whom?" in done.stdout
    assert "Nothing listens" in done.stdout, "and why a cell failed"


def test_a_matrix_of_one_port_and_by_udp(command: Command) -> None:
    for words, ok, protocol in (
        (["--port", "5432"], True, "tcp"),
        (["--port", "5433"], False, "tcp"),
        (["--udp"], False, "udp"),
    ):
        done = command("matrix", "api", "shop-db-1", "--way", "port", *words, "--yes", "--json", "-")
        cells = {(cell["source"], cell["target"]): cell for cell in json.loads(done.stdout)["cells"]}
        cell = cells["shop-api-1", "shop-db-1"]
        assert (cell["ok"], cell["protocol"]) == (ok, protocol), cell
        assert cell["verdict"] in ("ok", "refused")


def test_hostile_names_move_no_cursor(command: Command, shop: str) -> None:
    evil = "com.docker.compose.project=\x1b[2Jevil</script>"
    labs.docker(shop, "run", "-d", "--name", "evil", "--label", evil, IMAGE, *IDLE)
    try:
        done = command("look")
        assert "\x1b" not in done.stdout
        assert "project \\x1b[2Jevil</script>" in done.stdout
    finally:
        labs.docker(shop, "rm", "-f", "evil")


def test_errors_are_ours(theirs: Engine) -> None:
    with open_view(theirs, permit=True) as view, pytest.raises(DockernetError):
        why(view, "nobody", "nobody")
