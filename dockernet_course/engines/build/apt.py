"""Packages from the host's own apt sources, as an ordinary user: nothing is installed, nothing of the host's changes.

apt-get works on a state directory of its own whose list of installed packages is empty, so that it resolves and
downloads the whole closure, for the host's release or another one of the same distribution. The host's keyrings,
proxies and credentials stay in force, and so do the checks of signatures. Its hooks do not: some of them (those of
container images, for one) empty the *host's* cache after each run.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from io import FileIO
from pathlib import Path

from dockernet_course.errors import PackError

__all__ = ["Progress", "available", "download", "sources_for"]

Progress = Callable[[str, float], None]
"""Told what is being done, and which part of the whole is done (0 to 1)."""

_SETTINGS_DROPPED = re.compile(
    r"^(\S+::(Pre|Post)-Invoke|Acquire::IndexTargets|APT::Architectures|Dir::Etc::(parts|main)\b)"
)
_STANDSTILL = 90.0  # seconds; apt-get gives up on a server that says nothing after 30
_OF_ALL_ARCHIVES = {"stable", "oldstable", "testing", "unstable", "sid"}
_ROLLING = {"unstable", "sid"}  # they have no -updates and no -security: what is new is simply in them
_CURES = (  # what apt says -> what a person can do about it
    (r"does not have a Release file|404 +Not Found", "unknown"),
    (r"BADSIG|[Bb]ad signature|has been manipulated|isn't valid, got|NODATA|NOSPLIT", "changed"),
    (r"Hash Sum mismatch|unexpected size", "changed"),
    (r"NO_PUBKEY|Missing key|is not signed|signatures? (were|was|couldn't)|EXPKEYSIG", "signature"),
    (r"No space left on device|not enough free space|Disk quota exceeded", "space"),
    (
        r"Could not (resolve|connect)|Temporary failure|Network is unreachable|Connection (failed|timed out|refused)",
        "network",
    ),
)


def available() -> bool:
    """Whether this machine has the tools for packages."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def download(
    folder: Path,
    packages: list[str],
    optional: list[str],
    suite: str,
    progress: Progress,
    arrived: Callable[[Path], object] = lambda _: None,
) -> list[Path]:
    """Download the packages and all they depend on into ``folder``; the list of ``.deb`` files.

    Each is told by ``arrived`` soon after it has come, while others are under way. Raises :class:`PackError`: no apt,
    no network, an unknown suite, a signature that does not fit, a full disk.
    """
    if not available():
        raise PackError(
            "The engine pack is built from Debian or Ubuntu packages, and this machine has no apt-get or no dpkg-deb.",
            cure="Build it on a Debian or Ubuntu machine with 'dockernet engine export FILE', then import it here "
            "with 'dockernet engine import FILE'.",
        )
    environment = _prepare(folder, suite)
    progress(f"reading the list of packages of {suite}", 0.0)
    _apt(environment, suite, ["update", "-o", "APT::Update::Error-Mode=any"], lambda part: progress("", part * 0.2))
    present = [name for name in optional if _candidate(environment, name)]
    progress("downloading packages", 0.2)
    there: set[Path] = set()

    def look(part: float) -> None:
        progress("", 0.2 + part * 0.8)
        for deb in sorted({*(folder / "archives").glob("*.deb")} - there):  # complete: apt has renamed it
            there.add(deb)
            arrived(deb)

    _apt(environment, suite, ["install", "--download-only", "-y", *packages, *present], look)
    look(1.0)
    return sorted(there)


def sources_for(suite: str, etc: Path = Path("/etc")) -> str:
    """The host's sources of its own distribution, moved to ``suite``, in deb822 form.

    Only what the distribution itself publishes (``CODENAME``, ``-updates``, ``-security``), only binary packages of
    ``main`` and ``universe``. Which keyring a source is signed by is kept.
    """
    release = _os_release(etc)
    codename = release.get("VERSION_CODENAME", "")
    stanzas = []
    for stanza in [*_deb822(etc), *_one_line(etc)]:
        own = {moved for given in stanza.pop("Suites").split() if (moved := _moved(given, codename, suite))}
        components = [c for c in stanza.pop("Components", "").split() if c in ("main", "universe")]
        if "deb" in stanza.pop("Types").split() and own and components and stanza.get("Enabled") != "no":
            stanza |= {"Types": "deb", "Suites": " ".join(sorted(own)), "Components": " ".join(components)}
            stanzas.append("".join(f"{key}: {value}\n" for key, value in stanza.items()))
    if not stanzas:
        raise PackError(
            "This machine's apt has no source of its own distribution to build the engine pack from.",
            state=f"{release.get('PRETTY_NAME', 'unknown system')}; looked in {etc}/apt/sources.list and beside it",
            cure="Import a pack that was built elsewhere: 'dockernet engine import FILE'.",
        )
    return "\n".join(stanzas)


def _moved(given: str, codename: str, suite: str) -> str | None:
    """``bookworm-updates`` -> ``trixie-updates``; None for what is not this distribution's."""
    name, dash, pocket = given.partition("-")
    if name not in {codename, *_OF_ALL_ARCHIVES} or pocket not in ("", "updates", "security"):
        return None
    if pocket and suite in _ROLLING:
        return None
    return suite + dash + pocket


def _os_release(etc: Path) -> dict[str, str]:
    try:
        text = (etc / "os-release").read_text()
    except OSError:
        return {}
    return {key: value.strip('"') for key, _, value in (line.partition("=") for line in text.splitlines())}


def _deb822(etc: Path) -> Iterator[dict[str, str]]:
    for file in sorted((etc / "apt/sources.list.d").glob("*.sources")):
        text = "\n".join(line for line in file.read_text().splitlines() if not line.startswith("#"))
        for block in re.split(r"\n\s*\n", text):
            fields = re.findall(r"^(\S+?):[ \t]*(.*(?:\n[ \t].*)*)", block, re.MULTILINE)
            stanza = {key.title(): value for key, value in fields}
            if {"Types", "Uris", "Suites"} <= stanza.keys():
                yield {{"Uris": "URIs"}.get(key, key): value for key, value in stanza.items()}


def _one_line(etc: Path) -> Iterator[dict[str, str]]:
    for file in [etc / "apt/sources.list", *sorted((etc / "apt/sources.list.d").glob("*.list"))]:
        if not file.is_file():
            continue
        for line in file.read_text().splitlines():
            found = re.match(r"\s*(deb)\s+(?:\[(.*?)\]\s+)?(\S+)\s+(\S+)\s+([^#]+)", line)
            if found:
                kind, options, uri, suite, components = found.groups()
                stanza = {"Types": kind, "URIs": uri, "Suites": suite, "Components": components.strip()}
                yield stanza | {key.title(): value for key, value in re.findall(r"(\S+?)=(\S+)", options or "")}


def _prepare(folder: Path, suite: str) -> dict[str, str]:
    """A state directory and a configuration for apt; the environment in which apt uses them."""
    for name in ("lists/partial", "archives/partial", "sources"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    (folder / "sources/host.sources").write_text(sources_for(suite))
    dump = subprocess.run(["apt-config", "dump"], capture_output=True, text=True, check=True).stdout
    host = "\n".join(line for line in dump.splitlines() if not _SETTINGS_DROPPED.match(line))
    (folder / "apt.conf").write_text(f"{host}\n{_settings(folder)}")
    # Messages are read by _explain, hence in English.
    return {**os.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C", "PATH": _path()}


def _settings(folder: Path) -> str:
    settings = {
        "Dir::State": folder,
        "Dir::State::lists": folder / "lists",
        "Dir::State::status": folder / "status",
        "Dir::State::extended_states": folder / "extended_states",
        "Dir::Cache": folder,
        "Dir::Cache::archives": folder / "archives",
        "Dir::Etc::parts": "/dev/null",  # the host's settings were copied without its hooks
        "Dir::Etc::main": "/dev/null",
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": folder / "sources",
        "Dir::Etc::preferences": "/dev/null",  # pins are for what the host installs
        "Dir::Etc::preferencesparts": "/dev/null",
        "APT::Sandbox::User": "",  # an ordinary user cannot become _apt
        "APT::Install-Recommends": "false",
        "APT::Keep-Downloaded-Packages": "true",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "Acquire::http::Timeout": "30",
        "Acquire::https::Timeout": "30",
        "Debug::NoLocking": "true",
    }
    return "".join(f'{key} "{value}";\n' for key, value in settings.items())


def _path() -> str:
    return os.environ.get("PATH", "") + ":/usr/bin:/bin:/usr/sbin:/sbin"  # apt-get asks for dpkg's ldconfig


def _candidate(environment: dict[str, str], package: str) -> bool:
    answer = subprocess.run(["apt-cache", "policy", package], env=environment, capture_output=True, text=True)
    return "Candidate: (none)" not in answer.stdout and "Candidate:" in answer.stdout


def _apt(environment: dict[str, str], suite: str, arguments: list[str], progress: Callable[[float], None]) -> None:
    """Run apt-get, told of its progress through a pipe. Raises :class:`PackError` in our words."""
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb", buffering=0) as status,
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(
            ["apt-get", "-q", "-o", f"APT::Status-Fd={writing}", *arguments],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            pass_fds=[writing],
        ) as process,
    ):
        os.close(writing)
        if not _follow(status, progress):
            process.kill()
        process.wait()
        log.seek(0)
        output = log.read()
    if process.returncode != 0:
        raise _explain(output, suite, arguments[0])


def _follow(status: FileIO, progress: Callable[[float], None]) -> bool:
    """Pass on ``dlstatus:<n>:<percent>:<text>`` until apt-get ends; False if it stands still.

    It does for ever when the disk fills up while it unpacks a list: its helper's last words are lost.
    """
    said, last, since = b"", b"", time.monotonic()
    while time.monotonic() - since < _STANDSTILL:
        if not select.select([status], [], [], 1.0)[0]:
            continue
        data = status.read(65536)
        if not data:
            return True
        *lines, said = (said + data).split(b"\n")
        for line in lines:
            parts = line.split(b":")
            if parts[0] == b"dlstatus":
                progress(float(parts[2]) / 100)
            if line != last:
                last, since = line, time.monotonic()
    return False


def _explain(output: str, suite: str, action: str) -> PackError:
    problems = [line for line in output.splitlines() if line.startswith(("E:", "W:", "Err:"))] or output.splitlines()
    state = "\n".join(problems[-4:])
    kind = next((kind for pattern, kind in _CURES if re.search(pattern, output)), "")
    if kind == "unknown":
        return PackError(
            f"This machine's package sources have no release called {suite!r}.",
            state=state,
            cure="Choose another with --suite (Debian: bookworm or trixie; Ubuntu: noble …).",
        )
    if kind == "changed":
        return PackError(
            f"What came from the package sources of {suite!r} is not what was signed: nothing of it is used.",
            state=state,
            cure="Something between here and the distribution has changed it (a mirror, a proxy, a network's login "
            "page), or the mirror was just being renewed. Try again, from another network or mirror.",
        )
    if kind == "signature":
        return PackError(
            f"The signature of the package sources of {suite!r} could not be verified.",
            state=state,
            cure="Update the keyring package of this distribution (debian-archive-keyring or ubuntu-keyring).",
        )
    if kind == "space":
        return PackError(
            "The disk is full.", state=state, cure="Free 1 GB in the cache's file system, or set DOCKERNET_CACHE."
        )
    if kind == "network":
        return PackError(
            "The package sources of this machine cannot be reached.",
            state=state,
            cure="Check the network (and apt's proxy), or import a pack: 'dockernet engine import FILE'.",
        )
    return PackError(f"apt-get {action} failed.", state=state, cure="Does 'apt-get update' work on this machine?")
