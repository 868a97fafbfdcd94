"""Names and titles in any script: letters where the machine has them, no warning, no text over text, no waiting."""

from __future__ import annotations

import time
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder  # type: ignore[import-untyped]
from fontTools.pens.ttGlyphPen import TTGlyphPen  # type: ignore[import-untyped]
from matplotlib.font_manager import fontManager

from dockernet_course.figures import alt_text, layout, show_map
from dockernet_course.figures.drawing import fonts
from dockernet_course.figures.drawing.fonts import SQUARE, runs
from dockernet_course.figures.drawing.metrics import clusters, limited, shorten, text_width, wrap
from dockernet_course.figures.map.page_view import map_view
from tests.gallery.examples import World

CHINESE, JAPANESE, KOREAN, WHALE = "网络商店", "ネットワーク", "네트워크", "🐳🚀"
PILED = "z" + "\u0300\u0301\u0302\u0303\u0335" * 20 + "algo"
SCRIPTS = [CHINESE, JAPANESE, KOREAN, WHALE, PILED, "tiếng Việt", "сеть", "שבכה", "شبكة", "เครือข่าย", "e\u0301t\u0301e"]


@pytest.fixture(autouse=True)
def _no_warning() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@pytest.fixture
def with_fonts(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """This machine has exactly these fonts beside matplotlib's own: a family for each text."""
    made = [made_font(tmp_path / f"{n}.ttf", f"Test Font {n}", text) for n, text in enumerate(request.param)]
    monkeypatch.setattr(fontManager, "ttflist", [f for f in fontManager.ttflist if "matplotlib" in f.fname])
    for path in made:
        fontManager.addfont(str(path))
    forget()
    request.addfinalizer(forget)
    return [str(path) for path in made]


def forget() -> None:
    fonts._homes.clear()
    fonts._file.cache_clear()
    fonts._candidates.cache_clear()


def made_font(path: Path, family: str, text: str) -> Path:
    """A font in which each letter of the text is a full square."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 800), (900, 800), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    names = [".notdef", "space", *(f"u{ord(char):x}" for char in dict.fromkeys(text))]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({32: "space"} | {ord(char): f"u{ord(char):x}" for char in text})
    builder.setupGlyf({name: pen.glyph() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 100)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    builder.save(path)
    return path


@pytest.mark.parametrize("with_fonts", [[CHINESE, WHALE]], indirect=True)
def test_letters_come_from_the_font_that_has_them(with_fonts: list[str]) -> None:
    found = runs(f"shop {CHINESE} and {WHALE}", 10.0, "bold")
    assert [run.text for run in found] == ["shop ", CHINESE, " and ", WHALE]
    assert [run.font.get_file() for run in found[1::2]] == with_fonts
    assert [run.at for run in found] == [
        pytest.approx(text_width(text, 10.0, "bold"))
        for text in ("", "shop ", f"shop {CHINESE}", f"shop {CHINESE} and ")
    ]


@pytest.mark.parametrize("with_fonts", [[]], indirect=True)
def test_where_no_font_has_them_there_are_squares(with_fonts: list[str]) -> None:
    assert not with_fonts
    (run,) = runs(f"a{CHINESE}b", 10.0, "sans")
    assert run.text == f"a{SQUARE * 4}b"
    assert runs("", 10.0, "sans") == ()


@pytest.mark.parametrize("with_fonts", [[], ["".join(SCRIPTS)]], indirect=True, ids=["without fonts", "with fonts"])
def test_nothing_is_warned_of_and_the_words_are_said(with_fonts: list[str], caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    for number, name in enumerate(SCRIPTS):
        world.network(name, f"172.{20 + number}.0.1/24")
        world.run(f"web-{number}", name)
    shown = show_map(world.topology(), title=" ".join(SCRIPTS))
    assert shown.png().startswith(b"\x89PNG") and "<svg" in shown.svg()
    for name in SCRIPTS:
        assert name in shown.alt
    assert not caplog.records, f"with {with_fonts}"


@pytest.mark.parametrize("face", ["sans", "bold", "mono"])
def test_wide_letters_are_wide_and_marks_have_no_width(face: str) -> None:
    for char in CHINESE + JAPANESE + KOREAN + WHALE:
        assert text_width(char, 10.0, face) >= 10.0
    assert text_width("e\u0301\u0300\ufe0f", 10.0, face) == text_width("e", 10.0, face)


def test_what_is_piled_up_is_cut_down() -> None:
    assert limited(PILED) == "z\u0300\u0301algo"
    assert limited("tiếng Việt") == "tiếng Việt"
    decomposed = unicodedata.normalize("NFD", "tiếng Việt")
    assert limited(decomposed) == decomposed
    world = World()
    world.run("web", world.network(PILED, "172.30.0.1/24"))
    drawn = [s.text for s in map_view(world.topology(), title=PILED).strokes if s.tag == "text"]
    assert "z\u0300\u0301algo" in drawn and not any(PILED in text for text in drawn)
    assert PILED in alt_text(world.topology())


@pytest.mark.parametrize("text", [CHINESE * 20, "x" * 99, "e\u0301" * 60, PILED * 9, "a" + WHALE * 30])
@pytest.mark.parametrize("width", [3.0, 30.0, 90.0, 200.0])
def test_a_shortened_text_is_as_long_as_fits_and_no_letter_is_cut(text: str, width: float) -> None:
    short = shorten(text, width, 9.0, "bold")
    assert text_width(short, 9.0, "bold") <= width or short == "…"
    head, _, tail = short.partition("…")
    parts = clusters(text)
    assert parts[: len(clusters(head))] == clusters(head)
    assert not tail or parts[-len(clusters(tail)) :] == clusters(tail)
    if short != "…":
        kept = len(clusters(head)) + len(clusters(tail)) + 1
        longer = "".join((*parts[: kept - kept // 2], "…", *parts[len(parts) - kept // 2 :]))
        assert text_width(longer, 9.0, "bold") > width


def test_lines_fit() -> None:
    for text in (f"{CHINESE} " * 40, "word " * 500, "x" * 4000, ""):
        assert all(text_width(line, 13.0, "bold") <= 300 for line in wrap(text, 300, 13.0, "bold"))


def seconds(letters: int) -> float:
    world = World()
    world.uplink("eth0", "192.0.2.15/24", "192.0.2.1")
    for number in range(3):
        world.run(f"web-{number}", world.network(f"{number}" + "网x" * (letters // 2), f"172.{20 + number}.0.1/24"))
    seen = world.topology()
    began = time.process_time()
    layout(seen)
    alt_text(seen)
    map_view(seen, title="网 x" * (letters // 3))
    return time.process_time() - began


def test_the_time_does_not_grow_with_the_square_of_a_names_length() -> None:
    seconds(100)
    short, long = (min(seconds(letters) for _ in range(2)) for letters in (4000, 16000))
    assert long < 8 * short + 0.2, f"{short:.2f} s and {long:.2f} s"


def test_a_long_name_is_elided_and_told_in_full() -> None:
    world, name = World(), "x" * 4000
    world.run("web", world.network(name, "172.30.0.1/24"))
    view = map_view(world.topology(), title="?")
    assert not any(name in stroke.text for stroke in view.strokes)
    assert any("…" in stroke.text for stroke in view.strokes)
    assert name in view.alt
    assert any(name in line for thing in view.things for line in (thing.title, *thing.lines))
