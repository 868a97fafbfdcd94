"""The engine pack: a root file system with a Docker Engine and the lab image, in the user's cache.

``ensure`` gives the unpacked tree, building or unpacking it where needed. In the cache lie, for each release,
``KEY.pack`` (compressed, checksummed; what ``export_pack`` copies) and ``KEY/`` (unpacked, read by all capsules and
written by none). A folder under its final name is complete: it was made elsewhere and renamed. Damage done later
shows in its fingerprint.
"""

from __future__ import annotations

import platform
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dockernet_course import settings
from dockernet_course.engines.build import archive, lab_image
from dockernet_course.engines.build.apt import Progress, download
from dockernet_course.engines.build.archive import About
from dockernet_course.engines.build.contents import ENGINE, LAB, OPTIONAL_PACKAGES, PACKAGES, recipe
from dockernet_course.engines.build.places import (
    cache_folder,
    check_closed,
    folders,
    laid_ready,
    settle,
    shared_folder,
)
from dockernet_course.engines.build.tree import choose, fingerprint, place, unpacking
from dockernet_course.engines.build.writing import check_room, exclusively, replacing, scratch, told
from dockernet_course.errors import PackError

__all__ = [
    "DEFAULT_SUITE",
    "Progress",
    "Tree",
    "build",
    "cache_folder",
    "check_room",
    "default_suite",
    "ensure",
    "exclusively",
    "export_pack",
    "folders",
    "import_pack",
    "known",
    "lab_layer",
    "laid_ready",
    "present",
    "quiet",
    "replacing",
    "scratch",
    "settle",
    "shared_folder",
]

DEFAULT_SUITE = "trixie"
"""The release whose engine the stored outputs are of."""

_PACKED = ("lab.tar", "root")  # of a tree; whatever reads a pack finds the lab image first
_ROOM = 1_000_000_000  # bytes: packages 130 MB, unpacked 500 MB, image 120 MB, compressed 140 MB


@dataclass(frozen=True)
class Tree:
    """An unpacked pack: ``root`` is the file system a capsule starts from, ``image`` the lab image's archive."""

    folder: Path
    about: About

    @property
    def root(self) -> Path:
        """The root file system; never written to."""
        return self.folder / "root"

    @property
    def image(self) -> Path:
        """The lab image, as ``docker load`` takes it."""
        return self.folder / "lab.tar"


def quiet(what: str, part: float) -> None:
    """The progress that nobody looks at."""


def default_suite() -> str:
    """``DOCKERNET_SUITE``; else the course's default, or on Ubuntu (which has other releases) the host's own."""
    release = platform.freedesktop_os_release() if Path("/etc/os-release").exists() else {}
    own = release.get("VERSION_CODENAME", "") if release.get("ID") == "ubuntu" else ""
    return settings.suite() or own or DEFAULT_SUITE


def ensure(suite: str | None = None, progress: Progress = quiet) -> Tree:
    """The unpacked pack of a release, built (or unpacked again) if it is not there or broken.

    Raises :class:`PackError` with what to do.
    """
    key = _key(suite or default_suite())
    check_closed()
    tree = _valid(cache_folder() / key)
    if tree is not None:
        return tree
    with exclusively(key, progress):
        tree = _valid(cache_folder() / key) or _unpacked(key, progress)
        if tree is not None:
            return tree
        tree = _built(suite or default_suite(), progress)
    return _put_away(tree, progress)


def known(suite: str | None = None) -> About | None:
    """What the pack of a release says about itself, unpacked or not; None if there is none, or a broken one."""
    key = _key(suite or default_suite())
    check_closed()
    tree, packed = _valid(cache_folder() / key), laid_ready(f"{key}.pack")
    if tree is not None or packed is None:
        return tree.about if tree is not None else None
    with suppress(PackError):  # then ``ensure`` builds it anew, and says why
        return archive.read_about(packed)
    return None


def lab_layer(suite: str | None = None, progress: Progress = quiet) -> str:
    """The checksum of the lab image's one layer. A pack that lies ready need not be unpacked for it.

    Raises :class:`PackError` if there is no pack and none can be built.
    """
    key = _key(suite or default_suite())
    check_closed()
    tree, packed = _valid(cache_folder() / key), laid_ready(f"{key}.pack")
    if tree is None and packed is not None:
        with suppress(PackError), archive.first_file(packed) as (_, content):
            return lab_image.layer_of(content)
    with (tree or ensure(suite, progress)).image.open("rb") as content:
        return lab_image.layer_of(content)


def present(suite: str | None = None) -> bool:
    """Whether there is a pack already (it may still turn out to be broken)."""
    key = _key(suite or default_suite())
    return any(laid_ready(name) for name in (key, f"{key}.pack"))


def build(suite: str | None = None, progress: Progress = quiet) -> Tree:
    """Build the pack anew (with the newest packages), even if there is one."""
    chosen = suite or default_suite()
    with exclusively(_key(chosen), progress):
        tree = _built(chosen, progress)
    return _put_away(tree, progress)


def export_pack(target: Path, suite: str | None = None, progress: Progress = quiet) -> Path:
    """Copy the pack to a file (or into a folder) for machines without a network; the file's path."""
    tree = ensure(suite, progress)
    if target.is_dir():
        target = target / f"dockernet-engine-{tree.about.suite}-{tree.about.machine}.pack"
    source = cache_folder() / f"{tree.about.key}.pack"
    with told(target):
        if not source.exists():
            _put_away(tree, progress)
        with replacing(target) as partial:
            shutil.copyfile(source, partial)
    return target


def import_pack(source: Path, progress: Progress = quiet) -> Tree:
    """Take a pack that was exported elsewhere.

    Raises :class:`PackError` if it is damaged or made for something else.
    """
    about = archive.read_about(source)
    if about.machine != platform.machine() or about.recipe != recipe():
        raise PackError(
            f"{source} was made for another kind of machine or another version of the course.",
            state=f"it is for {about.machine}, recipe {about.recipe}; wanted {platform.machine()}, recipe {recipe()}",
            cure="Export it again with the same version of the course.",
        )
    with exclusively(about.key, progress), scratch(about.key) as work:
        progress("unpacking the engine pack", 0.1)
        shutil.copyfile(source, work / "pack")
        archive.extract(work / "pack", work / "tree")
        tree = _settle(work / "tree", about)
        (work / "pack").replace(cache_folder() / f"{about.key}.pack")
        progress("the engine pack is ready", 1.0)
        return tree


def _key(suite: str) -> str:
    if not suite.isalnum():
        raise PackError(
            f"{suite!r} cannot be the name of a release.", cure="Debian: bookworm or trixie; Ubuntu: noble …"
        )
    return About(suite, platform.machine(), recipe(), "").key


def _valid(folder: Path) -> Tree | None:
    """The tree if it is there, complete and untouched."""
    try:
        about = About.from_json((folder / "about.json").read_bytes())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    tree = Tree(folder, about)
    return tree if _fingerprint(folder) == about.fingerprint else None


def _fingerprint(folder: Path) -> str:
    try:
        image = (folder / "lab.tar").stat()
        return f"{fingerprint(folder / 'root')} {image.st_size}"
    except OSError:
        return "incomplete"


def _unpacked(key: str, progress: Progress) -> Tree | None:
    """The tree from the cached pack; None if there is none or it is damaged (then it is built anew)."""
    pack = laid_ready(f"{key}.pack")
    if pack is None:
        return None
    progress("unpacking the engine pack", 0.1)
    with scratch(key) as work:
        try:
            about = archive.extract(pack, work / "tree")
        except PackError as damaged:
            progress(f"{damaged.what} Building it anew.", 0.1)
            return None
        tree = _settle(work / "tree", about)
    progress("the engine pack is ready", 1.0)
    return tree


def _built(suite: str, progress: Progress) -> Tree:
    key = _key(suite)
    with scratch(key) as work:
        check_room(work, _ROOM, "building a pack")
        most: Progress = lambda what, part: progress(what, part * 0.75)  # noqa: E731
        with unpacking(work / "all") as add:
            download(work / "apt", list(PACKAGES), list(OPTIONAL_PACKAGES), suite, most, add)
            progress("unpacking packages", 0.75)
        progress("putting the engine and the lab image together", 0.8)
        _assemble(work)
        return _settle(work / "tree", About(suite, platform.machine(), recipe(), _fingerprint(work / "tree")))


def _put_away(tree: Tree, progress: Progress) -> Tree:
    """Compress it, for when the tree is damaged or goes elsewhere; whoever waited for the tree has it by now."""
    progress("compressing the engine pack", 0.85)
    with scratch(tree.about.key) as work:
        archive.write(tree.folder, tree.about, work / "pack", _PACKED)
        (work / "pack").replace(cache_folder() / f"{tree.about.key}.pack")
    progress("the engine pack is ready", 1.0)
    return tree


def _assemble(work: Path) -> None:
    root = work / "tree/root"
    place(work / "all", choose(work / "all", ENGINE, LAB), root)
    for path, target in ENGINE.links.items():
        (root / path).unlink(missing_ok=True)
        (root / path).symlink_to(target)
    lab_image.finish_root(root)
    lab_image.write_image(work / "all", work, work / "tree/lab.tar")


def _settle(tree: Path, about: About) -> Tree:
    """Stamp a complete tree and give it its final name."""
    if _fingerprint(tree) != about.fingerprint:
        raise PackError("The engine pack was unpacked incompletely.", cure="Is the disk full? Try again.")
    (tree / "about.json").write_text(about.to_json())
    return Tree(settle(tree, about.key), about)
