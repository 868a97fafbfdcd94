"""The pack's pure parts: sources of packages, archives, fingerprints, what errors say."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from dockernet_course.engines.build import apt, archive, contents, ours, pack, tree
from dockernet_course.errors import PackError

DEBIAN = """\
Types: deb deb-src
# a comment in between
URIs: http://one.example/debian
Suites: bookworm bookworm-updates bookworm-backports
Components: main contrib non-free-firmware
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 abc

Types: deb
URIs: http://two.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main
Enabled: no
"""
OTHERS = """\
Types: deb
URIs: http://node.example/
Suites: nodistro
Components: main

Types: deb
URIs: http://docker.example/linux/debian
Suites: bookworm
Components: stable
"""
OLD_STYLE = """\
# deb http://commented.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/k.gpg] http://one.example/ubuntu jammy main universe restricted # here
deb http://one.example/ubuntu jammy-updates main universe
deb-src http://one.example/ubuntu jammy main
deb http://partner.example/ubuntu jammy partner
"""


def etc(folder: Path, codename: str, files: dict[str, str]) -> Path:
    (folder / "apt/sources.list.d").mkdir(parents=True)
    (folder / "os-release").write_text(f'PRETTY_NAME="A system"\nVERSION_CODENAME={codename}\n')
    for name, text in files.items():
        (folder / "apt" / name).write_text(text)
    return folder


def stanzas(text: str) -> list[dict[str, str]]:
    return [
        dict(line.split(": ", 1) for line in part.splitlines() if ": " in line and not line.startswith(" "))
        for part in text.split("\n\n")
    ]


def test_another_release_from_the_hosts_own_sources(tmp_path: Path) -> None:
    files = {"sources.list.d/debian.sources": DEBIAN, "sources.list.d/others.sources": OTHERS}
    found = apt.sources_for("trixie", etc(tmp_path, "bookworm", files))
    assert [one["Suites"] for one in stanzas(found)] == ["trixie trixie-updates", "trixie-security"]
    assert [one["Components"] for one in stanzas(found)] == ["main", "main"]
    assert {one["Types"] for one in stanzas(found)} == {"deb"}
    assert "BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n" in found
    assert "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg" in found


def test_sources_in_the_old_style(tmp_path: Path) -> None:
    found = apt.sources_for("jammy", etc(tmp_path, "jammy", {"sources.list": OLD_STYLE}))
    assert [one["Suites"] for one in stanzas(found)] == ["jammy", "jammy-updates"]
    assert stanzas(found)[0]["Components"] == "main universe"
    assert stanzas(found)[0]["Signed-By"] == "/usr/share/keyrings/k.gpg"
    assert "commented" not in found
    assert "partner" not in found


def test_a_host_whose_sources_name_its_release_by_its_rank(tmp_path: Path) -> None:
    text = "deb http://one.example/debian stable main\ndeb http://one.example/debian-security stable-security main\n"
    found = apt.sources_for("trixie", etc(tmp_path, "trixie", {"sources.list": text}))
    assert [one["Suites"] for one in stanzas(found)] == ["trixie", "trixie-security"]


def test_a_release_that_never_stands_still_has_no_pockets(tmp_path: Path) -> None:
    found = apt.sources_for("sid", etc(tmp_path, "bookworm", {"sources.list.d/debian.sources": DEBIAN}))
    assert [one["Suites"] for one in stanzas(found)] == ["sid"]


def test_a_host_without_sources_of_its_own(tmp_path: Path) -> None:
    with pytest.raises(PackError, match="no source of its own distribution"):
        apt.sources_for("trixie", etc(tmp_path, "bookworm", {"sources.list.d/others.sources": OTHERS}))


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("E: The repository 'http://x trixi Release' does not have a Release file.", "no release called 'trixi'"),
        ("Err:1 http://x trixi InRelease\n  404  Not Found", "no release called 'trixi'"),
        ("W: GPG error: http://x: NO_PUBKEY 0E98404D386FA1D9", "signature"),
        ("E: The repository 'http://x' is not signed.", "signature"),
        ("W: GPG error: http://x: The following signatures were invalid: EXPKEYSIG 0E98404D386FA1D9", "signature"),
        (
            "W: GPG error: http://x: The following signatures were invalid: BADSIG 0E98404D386FA1D9\n"
            "E: The repository 'http://x InRelease' is not signed.",
            "is not what was signed",
        ),
        ("E: Sub-process /usr/bin/sqv returned an error code (1): Message has been manipulated", "not what was signed"),
        ("E: Clearsigned file isn't valid, got 'NOSPLIT'", "is not what was signed"),
        ("Err:4 http://x\n  Hash Sum mismatch", "is not what was signed"),
        ("E: Failed to fetch http://x  File has unexpected size (7 != 8). Mirror sync?", "is not what was signed"),
        ("Err:1 http://x\n  Temporary failure resolving 'x'", "cannot be reached"),
        ("Err:1 http://x\n  Could not connect to x:80. Connection refused", "cannot be reached"),
        ("E: Write error - write (28: No space left on device)", "disk is full"),
        ("E: Something new", "apt-get update failed"),
    ],
)
def test_what_apt_says_in_our_words(output: str, said: str) -> None:
    error = apt._explain(output, "trixi", "update")
    assert said in error.what
    assert error.state
    assert error.cure


def small_tree(folder: Path) -> Path:
    (folder / "root/usr/bin").mkdir(parents=True)
    (folder / "root/usr/bin/tool").write_bytes(b"\x7fELF" + bytes(range(256)) * 5000)
    (folder / "root/usr/bin/tool").chmod(0o755)
    (folder / "root/usr/bin/same").hardlink_to(folder / "root/usr/bin/tool")
    (folder / "root/bin").symlink_to("usr/bin")
    (folder / "root/usr/bin/absolute").symlink_to("/etc/passwd")
    (folder / "lab.tar").write_bytes(b"x" * 10_000_000)
    return folder


def packed(tmp_path: Path) -> tuple[Path, archive.About]:
    small_tree(tmp_path / "one")
    about = archive.About("trixie", "x86_64", "r", pack._fingerprint(tmp_path / "one"))
    return tmp_path / "a.pack", archive.write(tmp_path / "one", about, tmp_path / "a.pack")


def test_what_is_packed_comes_out_the_same(tmp_path: Path) -> None:
    file, about = packed(tmp_path)
    assert archive.read_about(file) == about
    assert archive.extract(file, tmp_path / "two") == about
    assert pack._fingerprint(tmp_path / "two") == about.fingerprint
    assert (tmp_path / "two/root/usr/bin/same").read_bytes() == (tmp_path / "one/root/usr/bin/tool").read_bytes()


def test_packing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    file, about = packed(tmp_path)
    archive.extract(file, tmp_path / "two")
    again = archive.write(tmp_path / "two", about, tmp_path / "b.pack")
    assert again.sha256 == about.sha256


@pytest.mark.parametrize("where", [0.1, 0.5, 0.9])
def test_a_changed_byte_is_noticed(tmp_path: Path, where: float) -> None:
    file, _ = packed(tmp_path)
    content = bytearray(file.read_bytes())
    start = content.index(b"\x1f\x8b")  # after the head, which has no influence on the tree
    content[start + int((len(content) - start - 10240) * where)] ^= 1
    file.write_bytes(content)
    with pytest.raises(PackError, match="damaged"):
        archive.extract(file, tmp_path / "two")


@pytest.mark.parametrize("size", [0, 100, 1000, 5000, 40_000])
def test_a_truncated_pack_is_noticed(tmp_path: Path, size: int) -> None:
    file, _ = packed(tmp_path)
    assert file.stat().st_size > size
    file.write_bytes(file.read_bytes()[:size])
    with pytest.raises(PackError, match=r"no engine pack, or only a part|damaged"):
        archive.extract(file, tmp_path / "two")


def test_something_else_is_no_pack(tmp_path: Path) -> None:
    (tmp_path / "a.pack").write_text("hello")
    with pytest.raises(PackError, match="no engine pack"):
        archive.read_about(tmp_path / "a.pack")
    with pytest.raises(PackError, match="There is no file"):
        archive.read_about(tmp_path / "b.pack")


@pytest.mark.parametrize("name", ["../out", "/out", "in/../../out"])
def test_a_pack_cannot_write_outside(tmp_path: Path, name: str) -> None:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        member = tarfile.TarInfo(name)
        member.size = 1
        tar.addfile(member, io.BytesIO(b"x"))
    content.seek(0)
    with tarfile.open(fileobj=content) as tar, pytest.raises(ValueError, match="outside"):
        archive._extract_tree(tar, tmp_path / "in")
    assert not (tmp_path / "out").exists()


def test_a_pack_cannot_write_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "victim").mkdir()
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as tar:
        link = tarfile.TarInfo("door")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "victim")
        tar.addfile(link)
        file = tarfile.TarInfo("door/file")
        file.size = 1
        tar.addfile(file, io.BytesIO(b"x"))
    content.seek(0)
    with tarfile.open(fileobj=content) as tar, pytest.raises(OSError, match="door"):
        archive._extract_tree(tar, tmp_path / "in")
    assert list((tmp_path / "victim").iterdir()) == []


@pytest.mark.parametrize("damage", ["remove", "add", "write", "mode", "link", "image"])
def test_damage_to_a_tree_shows_in_its_fingerprint(tmp_path: Path, damage: str) -> None:
    folder = small_tree(tmp_path)
    before = pack._fingerprint(folder)
    tool = folder / "root/usr/bin/tool"
    match damage:
        case "remove":
            tool.unlink()
        case "add":
            (folder / "root/new").touch()
        case "write":
            tool.write_bytes(tool.read_bytes()[:-1])
        case "mode":
            tool.chmod(0o644)
        case "link":
            (folder / "root/bin").unlink()
            (folder / "root/bin").symlink_to("elsewhere")
        case "image":
            (folder / "lab.tar").write_bytes(b"")
    assert pack._fingerprint(folder) != before


def test_the_fingerprint_does_not_depend_on_the_place(tmp_path: Path) -> None:
    assert tree.fingerprint(small_tree(tmp_path / "a")) == tree.fingerprint(moved(small_tree(tmp_path / "b"), tmp_path))


def moved(folder: Path, to: Path) -> Path:
    facts = (to / "a/root/usr/bin/tool").stat()
    import os

    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (facts.st_mtime, facts.st_mtime))
    for path in (to / "a").rglob("*"):
        if path.is_file() and not path.is_symlink():
            os.utime(path, (facts.st_mtime, facts.st_mtime))
    return folder.rename(to / "elsewhere")


def test_only_what_can_be_of_use_is_unpacked() -> None:
    assert contents.wanted("curl", "usr/bin/curl")
    assert contents.wanted("libpython3.13-stdlib", "usr/lib/python3.13/ctypes/util.py")
    assert not contents.wanted("libpython3.13-stdlib", "usr/lib/python3.13/asyncio/base_events.py")
    assert not contents.wanted("curl", "usr/share/man/man1/curl.1.gz")
    assert not contents.wanted("libc6", "usr/lib/x86_64-linux-gnu/gconv/EUC-JP.so")


def test_which_release_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKERNET_SUITE", "bookworm")
    assert pack.default_suite() == "bookworm"
    with pytest.raises(PackError, match="cannot be the name of a release"):
        pack.ensure("../x")


def test_what_a_killed_builder_left_goes_and_what_another_one_works_in_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKERNET_CACHE", str(tmp_path))
    with pack.scratch("key.image") as others:
        killed = tmp_path / ".key.killed"
        killed.mkdir()
        (killed / ours.MARK).touch()
        with pack.scratch("key") as mine:
            assert sorted(tmp_path.iterdir()) == sorted([others, mine])
