"""The learner's own engine: who is asked first, and each way in which it can be of no use."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dockernet_course.engines import Engine
from dockernet_course.engines.find import endpoint, own
from dockernet_course.engines.keeper import state
from dockernet_course.errors import EngineError, EngineUnreachable, EngineUnsupported
from tests.unit.answering import answering
from tests.unit.recorded_versions import DOCKER_17, PODMAN, WANTS_TLS, WINDOWS

TLS = Path(__file__).with_name("tls")


@pytest.fixture(autouse=True)
def nothing_of_mine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("DOCKER_", "DOCKERNET_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with a short path: a socket's may have 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="dn-") as folder:
        yield Path(folder)


def refusal(address: str, **environ: str) -> EngineError:
    with pytest.raises(EngineError) as caught:
        own.find(address, environ)
    assert address in str(caught.value), "the error names the engine that was chosen"
    assert caught.value.cure, "the error says what to do"
    return caught.value


def context(folder: Path, name: str, host: str, *, current: bool = True) -> Path:
    meta = folder / "contexts/meta" / hashlib.sha256(name.encode()).hexdigest()
    meta.mkdir(parents=True)
    endpoints = {"docker": {"Host": host, "SkipTLSVerify": False}}
    (meta / "meta.json").write_text(json.dumps({"Name": name, "Metadata": {}, "Endpoints": endpoints}))
    if current:
        (folder / "config.json").write_text(json.dumps({"currentContext": name}))
    return meta


# --- who is asked ---


def test_an_address_comes_before_docker_host_and_that_before_the_context(tmp_path: Path) -> None:
    context(tmp_path / ".docker", "lesson", "unix:///context.sock")
    environ = {"HOME": str(tmp_path), "DOCKER_HOST": "unix:///host.sock", "DOCKER_CONTEXT": "lesson"}
    given = own.chosen("unix:///given.sock", environ)
    assert given is not None and given.address == "unix:///given.sock"
    by_variable = own.chosen(None, environ)
    assert by_variable is not None and (by_variable.name, by_variable.address) == ("DOCKER_HOST", "unix:///host.sock")
    del environ["DOCKER_HOST"]
    by_context = own.chosen(None, environ)
    assert by_context is not None and by_context.address == "unix:///context.sock" and "lesson" in by_context.name


def test_the_variable_names_another_context_than_the_file(tmp_path: Path) -> None:
    context(tmp_path, "one", "unix:///one.sock")
    context(tmp_path, "two", "unix:///two.sock", current=False)
    candidate = own.chosen(None, {"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "two"})
    assert candidate is not None and candidate.address == "unix:///two.sock"


def test_a_context_needs_no_config_file_beside_it(tmp_path: Path) -> None:
    context(tmp_path, "alone", "unix:///alone.sock", current=False)
    candidate = own.chosen(None, {"DOCKER_CONFIG": str(tmp_path), "DOCKER_CONTEXT": "alone"})
    assert candidate is not None and candidate.address == "unix:///alone.sock"


@pytest.mark.parametrize("config", [None, "{}", '{"currentContext": "default"}', '{"currentContext": ""}'])
def test_the_default_context_is_nobodys_choice(tmp_path: Path, config: str | None) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config)
    assert own.chosen(None, {"DOCKER_CONFIG": str(tmp_path)}) is None


def test_a_dangling_context_is_named(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"currentContext": "gone"}')
    with pytest.raises(EngineUnreachable, match=r"context 'gone' does not exist") as caught:
        own.find(None, {"DOCKER_CONFIG": str(tmp_path)})
    assert "docker context use" in caught.value.cure


@pytest.mark.parametrize("content", ["", "{", "[]", '"x"'])
def test_a_broken_config_file_is_an_error_and_not_no_choice(tmp_path: Path, content: str) -> None:
    (tmp_path / "config.json").write_text(content)
    with pytest.raises(EngineUnreachable, match=r"config\.json"):
        own.find(None, {"DOCKER_CONFIG": str(tmp_path)})


def test_a_broken_context_is_an_error(tmp_path: Path) -> None:
    (context(tmp_path, "odd", "") / "meta.json").write_text('{"Endpoints": {"docker": {}}}')
    with pytest.raises(EngineUnreachable, match="'odd' has no engine's address"):
        own.find(None, {"DOCKER_CONFIG": str(tmp_path)})


def test_the_contexts_certificates_are_used(tmp_path: Path) -> None:
    meta = context(tmp_path, "safe", "tcp://127.0.0.1:2376")
    certificates = tmp_path / "contexts/tls" / meta.name / "docker"
    certificates.mkdir(parents=True)
    with pytest.raises(EngineUnreachable, match="TLS"):
        own.chosen(None, {"DOCKER_CONFIG": str(tmp_path)})
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (certificates / name).write_bytes((TLS / name).read_bytes())
    candidate = own.chosen(None, {"DOCKER_CONFIG": str(tmp_path)})
    assert candidate is not None and candidate.tls is not None and candidate.tls.verify is True


def test_an_address_given_by_itself_has_the_certificates_of_the_context_with_that_address(tmp_path: Path) -> None:
    meta = context(tmp_path, "safe", "tcp://127.0.0.1:2376")
    shutil.copytree(TLS, tmp_path / "contexts/tls" / meta.name / "docker")
    environ = {"DOCKER_CONFIG": str(tmp_path)}
    for found in (
        own.chosen("tcp://127.0.0.1:2376", environ),
        own.chosen(None, {**environ, "DOCKER_HOST": "tcp://127.0.0.1:2376"}),
    ):
        assert found is not None and found.tls is not None and found.tls.ca_cert
    other = own.chosen("tcp://127.0.0.1:2377", environ)
    assert other is not None and other.tls is None


@pytest.mark.parametrize(
    ("given", "complete"),
    [
        ("tcp://127.0.0.1", "tcp://127.0.0.1:2375"),
        ("tcp://127.0.0.1:", "tcp://127.0.0.1:2375"),
        ("tcp://engine.example/path", "tcp://engine.example:2375/path"),
        ("tcp://[::1]", "tcp://[::1]:2375"),
        ("tcp://[::1]:4", "tcp://[::1]:4"),
        ("tcp://127.0.0.1:4", "tcp://127.0.0.1:4"),
        ("unix:///run/docker.sock", "unix:///run/docker.sock"),
    ],
)
def test_without_a_port_it_is_the_docker_commands(given: str, complete: str, tmp_path: Path) -> None:
    context(tmp_path, "far", given)
    for candidate in (own.chosen(given, {}), own.chosen(None, {"DOCKER_CONFIG": str(tmp_path)})):
        assert candidate is not None and candidate.address == complete


def test_the_variables_of_an_engine_say_where_its_certificates_are() -> None:
    certificates = endpoint.certificates(TLS, True, "")
    engine = Engine("own", "tcp://127.0.0.1:2376", "26", "1.41", "", tls=certificates)
    said = {"DOCKER_TLS_VERIFY": "1", "DOCKER_TLS": "1", "DOCKER_CERT_PATH": str(TLS)}
    assert engine.variables == {"DOCKER_HOST": engine.address, **said}
    found = own.chosen(engine.address, engine.variables)
    assert found is not None and found.tls is not None and found.tls.verify
    assert replace(engine, tls=None).variables == {"DOCKER_HOST": engine.address}


# --- why it is of no use ---


def test_no_such_socket(place: Path) -> None:
    assert "There is no socket" in refusal(f"unix://{place}/none.sock").state


def test_a_dead_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / "dead.sock"))
    assert "is dead" in refusal(f"unix://{place}/dead.sock").state


def test_a_file_that_is_no_socket(place: Path) -> None:
    (place / "file").touch()
    assert "is no socket" in refusal(f"unix://{place}/file").state
    assert "is no socket" in refusal(f"unix://{place}").state


def test_a_path_that_is_too_long(place: Path) -> None:
    deep = place / ("a" * 100)
    deep.mkdir()
    short = os.open(deep, os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(f"/proc/self/fd/{short}/s")
            listener.listen()
            assert isinstance(refusal(f"unix://{deep}/s"), EngineUnreachable)
    finally:
        os.close(short)


@pytest.mark.skipif(
    os.getuid() == 0, reason="root may do everything; tests/root/test_accounts.py has it as another user"
)
def test_a_socket_without_permission(place: Path) -> None:
    with answering(DOCKER_17, at=place / "s"):
        (place / "s").chmod(0)
        error = refusal(f"unix://{place}/s")
    assert isinstance(error, EngineUnreachable) and "No permission" in error.state


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("ssh://somebody@host", "ssh -L"),
        ("http://127.0.0.1:2375", "tcp://"),
        ("npipe:////./pipe/docker_engine", "unix://"),
        ("/var/run/docker.sock", "unix://"),
        ("unix://relative.sock", "unix:///"),
        ("tcp://", "tcp://host:port"),
        ("whatever", "unix://"),
        ("fd://", "unix://"),
    ],
)
def test_wrong_scheme(address: str, hint: str) -> None:
    error = refusal(address)
    assert isinstance(error, EngineUnsupported) and hint in error.cure


@pytest.mark.parametrize(
    ("answer", "words"),
    [(PODMAN, "Podman"), (DOCKER_17, "17.03.1-ce, API 1.27"), (WINDOWS, "Windows containers")],
    ids=["podman", "old", "windows"],
)
def test_engines_that_the_course_cannot_use(place: Path, answer: bytes, words: str) -> None:
    with answering(answer, at=place / "s") as address:
        error = refusal(address)
    assert isinstance(error, EngineUnsupported) and words in str(error)


@pytest.mark.parametrize("answer", [b"{}", b"[]", b"hello", b'{"ApiVersion": "x"}', b'{"ApiVersion": null}'])
def test_what_is_no_engine_at_all(place: Path, answer: bytes) -> None:
    with answering(answer, at=place / "s") as address:
        assert isinstance(refusal(address), EngineUnsupported)


def test_an_engine_that_refuses(place: Path) -> None:
    with answering(b'{"message": "go away"}', at=place / "s", status="500 Internal Server Error") as address:
        assert "go away" in refusal(address).state


def test_an_engine_that_says_nothing_is_given_up_soon(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "SECONDS", 0.3)
    began = time.monotonic()
    with answering(None, at=place / "s") as address:
        assert "Nothing was said" in refusal(address).state
    assert time.monotonic() - began < 2


def test_a_port_where_nobody_listens() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        error = refusal(f"tcp://127.0.0.1:{taken.getsockname()[1]}")
    assert isinstance(error, EngineUnreachable) and "refused" in error.state


def test_an_engine_that_wants_tls() -> None:
    with answering(WANTS_TLS, status="400 Bad Request") as address:
        assert "DOCKER_TLS_VERIFY" in refusal(address).cure


def test_tls_to_an_engine_without_it() -> None:
    with answering(DOCKER_17) as address:
        assert "TLS" in refusal(address, DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(TLS)).what


def test_certificates_that_are_not_there(place: Path) -> None:
    with pytest.raises(EngineUnreachable, match=r"TLS.*\n.*should hold ca\.pem, cert\.pem and key\.pem"):
        own.find(None, {"DOCKER_HOST": "tcp://127.0.0.1:1", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(place)})


def test_with_the_right_certificates_the_answer_is_heard() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "cert.pem", TLS / "key.pem")
    with answering(DOCKER_17, tls=context) as address:
        error = refusal(address, DOCKER_TLS_VERIFY="1", DOCKER_CERT_PATH=str(TLS))
    assert "17.03.1-ce" in error.state, "the refusal is about the version, so the secure connection worked"


def test_a_broken_runtime_folder_does_not_hide_an_engine(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "dockernet").touch()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(place))
    with pytest.raises(EngineError, match="cannot be made"):
        state.runtime_folder()
    with answering(DOCKER_17, at=place / "s") as address:
        assert "17.03.1-ce" in refusal(address).state, "the engine was asked nevertheless"


# --- found, not chosen ---


def test_what_was_only_found_is_passed_over_with_the_reason(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_this_machines = list(own.well_known({"HOME": str(place), "XDG_RUNTIME_DIR": str(place)}))[1:]
    monkeypatch.setattr(own, "well_known", lambda _: iter(without_this_machines))
    environ = {"HOME": str(place), "XDG_RUNTIME_DIR": str(place)}
    (place / ".docker/desktop").mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place / ".docker/desktop/docker.sock"))
    with answering(PODMAN, at=place / "docker.sock"):
        engine, passed_over = own.find(None, environ)
    assert engine is None
    reasons = {one.name: one.reason for one in passed_over}
    assert "Podman" in next(text for name, text in reasons.items() if name.startswith("rootless Docker"))
    assert "is dead" in next(text for name, text in reasons.items() if name.startswith("Docker Desktop"))
    assert str(place / ".colima/default/docker.sock") in reasons["a Docker Engine of your own"]


def test_each_kind_of_engine_has_its_well_known_socket(tmp_path: Path) -> None:
    found = {one.name: one.address for one in own.well_known({"HOME": "/h", "XDG_RUNTIME_DIR": "/r"})}
    assert found == {
        "Docker": "unix:///var/run/docker.sock",
        "rootless Docker": "unix:///r/docker.sock",
        "Docker Desktop": "unix:///h/.docker/desktop/docker.sock",
        "Colima": "unix:///h/.colima/default/docker.sock",
        "OrbStack": "unix:///h/.orbstack/run/docker.sock",
        "Podman": "unix:///run/podman/podman.sock",
        "rootless Podman": "unix:///r/podman/podman.sock",
    }
