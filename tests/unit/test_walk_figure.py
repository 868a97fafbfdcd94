"""The picture of a walk: which packets and steps, where their numbers and lines are, and the same in words."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import combinations, pairwise
from typing import Any

import pytest

from dockernet_course import widgets
from dockernet_course.course.normal import sanitized
from dockernet_course.experiments.walk.text import end_words
from dockernet_course.figures import WalkPicture, colours, layout, walk_picture, walk_view
from dockernet_course.figures.drawing.palette import THEMES
from dockernet_course.figures.drawing.primitives import Box, Stop
from dockernet_course.figures.walk.anchors import Atlas
from dockernet_course.figures.walk.routes import drawn
from dockernet_course.figures.walk.steps import Leg, Step, legs
from tests.unit.walking import SUITES, facts, walked

CASES = tuple(facts("trixie")["cases"])


@cache
def picture(suite: str, case: str) -> WalkPicture:
    return walk_picture(walked(suite, case), title="Where does it go?")


def shown(case: str, suite: str = "trixie") -> tuple[Leg, ...]:
    return legs(walked(suite, case))


def steps(case: str, suite: str = "trixie") -> list[Step]:
    return [step for leg in shown(case, suite) for step in leg.steps]


def titles(case: str) -> list[str]:
    return [leg.title for leg in shown(case)]


def loopback(found: WalkPicture) -> Box:
    """The label that the map itself does not have."""
    return next(box for box in found.map.boxes if box.key == "walk/lo")


def stop(found: WalkPicture, label: str) -> Stop:
    return next(each for each in found.map.stops if each.label == label)


def inside(stop: Stop) -> tuple[float, float, float, float]:
    return stop.x - stop.w / 2, stop.y - stop.h / 2, stop.x + stop.w / 2, stop.y + stop.h / 2


def written(found: WalkPicture) -> str:
    return " ".join(text.text for text in found.steps.texts).replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("case", CASES)
def test_the_words_tell_every_step_and_the_end(suite: str, case: str) -> None:
    walk, alt = walked(suite, case), picture(suite, case).alt
    assert alt.startswith(f"Where does it go? {walk.source} asks {walk.target} ({walk.how}), with the command: ")
    places = [alt.index(f"{step.number}. {step.words}") for step in steps(case, suite)]
    assert places == sorted(places)
    assert alt.endswith(end_words(walk))
    assert "µs" not in alt and " ms" not in alt


@pytest.mark.parametrize("case", CASES)
def test_the_words_are_the_same_on_both_generations(case: str) -> None:
    """What differs from run to run (how many segments, times, ports of chance) is not in them."""
    old, new = (sanitized(picture(suite, case).alt) for suite in SUITES)
    assert old == new


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("case", CASES)
def test_every_step_has_one_number_and_no_two_numbers_overlap(suite: str, case: str) -> None:
    found = picture(suite, case)
    numbers = [int(s.label.rstrip("✎")) for s in found.map.stops if s.label[0].isdecimal()]
    assert sorted(numbers) == [step.number for step in steps(case, suite)] == list(range(1, len(numbers) + 1))
    assert [int(s.label) for s in found.steps.stops] == sorted(numbers)
    assert len(numbers) <= 14
    for one, other in combinations(map(inside, found.map.stops), 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart


@pytest.mark.parametrize("case", CASES)
def test_everything_is_on_the_sheet(case: str) -> None:
    found = picture("trixie", case)
    for part in (found.map, found.steps):
        points = [point for line in part.lines for point in line.points]
        points += [corner for s in part.stops for corner in (inside(s)[:2], inside(s)[2:])]
        points += [(text.left + text.width, text.y) for text in part.texts]
        assert all(0 <= x <= part.width and 0 <= y <= part.height for x, y in points)


@pytest.mark.parametrize("case", CASES)
def test_the_map_below_it_is_the_ordinary_one(case: str) -> None:
    found, plain = picture("trixie", case), layout(walked("trixie", case).world, min_width=560)
    assert found.map.boxes[: len(plain.boxes)] == plain.boxes
    assert found.map.texts[: len(plain.texts)] == plain.texts


def test_a_number_stands_beside_the_interface_and_the_answer_on_the_other_side() -> None:
    found = picture("trixie", "port")
    near = [box for box in found.map.boxes if box.kind == "end" and box.key.endswith("near")]
    web, db = (next(box for box in near if owner(found, box) == name) for name in ("web", "db"))
    for first, last, tag in ((stop(found, "1"), stop(found, "8"), web), (stop(found, "4"), stop(found, "5"), db)):
        assert tag.y < first.y < tag.y + tag.h and tag.y < last.y < tag.y + tag.h
        assert abs(first.x - tag.x) < 8 and abs(last.x - tag.x - tag.w) < 8
        assert not first.hollow and last.hollow


def owner(found: WalkPicture, end: Box) -> str:
    """The name over an interface's label."""
    above = [t for t in found.map.texts if t.face == "bold" and abs(t.x - end.x - end.w / 2) < 60 and t.y < end.y]
    return min(above, key=lambda t: abs(t.x - end.x - end.w / 2)).text


def test_question_and_answer_run_on_two_sides_of_the_wire() -> None:
    found = picture("trixie", "port")
    wires = {wire.x for wire in found.map.wires}
    for line in found.map.lines:
        x = line.points[0][0]
        wire = min(wires, key=lambda at: abs(at - x))
        assert (x < wire) == (line.style == "there")
    assert all(line.arrow for line in found.map.lines)


def test_where_an_address_is_rewritten_there_is_a_sign_and_the_rule() -> None:
    found = picture("trixie", "outside")
    (out,) = (step for step in steps("outside") if step.changed == ("source",))
    assert out.source == "203.0.113.10" and out.words == "the host sends it out by eth0"
    assert [note.sign for note in out.notes] == ["✎", "↘"]
    assert "MASQUERADE (table nat, in the host)" in out.notes[0].rule
    assert stop(found, f"{out.number}✎")
    assert any(text.text == "✎203.0.113.10" and text.face == "mono-bold" for text in found.steps.texts)
    assert any(text.face == "mono" and "-j\N{NO-BREAK SPACE}MASQUERADE" in text.text for text in found.steps.texts)
    assert "its TTL was 64, and is 63" in written(found)


def test_a_port_that_stays_is_not_told_and_one_that_changes_is() -> None:
    masked = [note.words for step in steps("outside by name") for note in step.notes if "source" in note.words]
    assert masked and all(words == "its source 172.18.0.2 becomes 203.0.113.10" for words in masked)
    (first,) = steps("host's address")[0].notes
    assert first.words == "its target 203.0.113.10:8080 becomes 172.18.0.2:80"


def test_what_is_thrown_away_ends_with_a_cross_below_the_bridge() -> None:
    found = picture("trixie", "between bridges")
    front = next(b for b in found.map.boxes if b.kind == "bar" and "network front" in b.about)
    cross = stop(found, "✗")
    assert cross.tone == "gone" and front.x < cross.x < front.x + front.w + 8
    assert abs(cross.y - front.y - front.h) < 8
    assert "-o br-f0038f6157d3 -j DROP" in written(found) and "✗ It was dropped" in written(found)
    assert [s.label for s in picture("trixie", "ping").map.stops if not s.label[0].isdecimal()] == []


def test_what_is_sent_again_is_told_once() -> None:
    assert titles("port between bridges") == ["The question: TCP SYN, sent again once"]


def test_a_connection_is_told_by_its_first_two_packets() -> None:
    assert titles("port") == ["The question: TCP SYN", "The answer: TCP SYN, ACK"]
    assert "its other packets are not drawn" in picture("trixie", "port").alt
    assert "not drawn" not in picture("trixie", "ping").alt
    assert titles("nobody listens")[-1] == "The answer: TCP RST"


def test_docker_proxys_connection_is_its_own() -> None:
    found = shown("loopback")
    assert [leg.tone for leg in found if "docker-proxy" in leg.title] == ["second", "second"]
    assert [leg.tone for leg in found if "docker-proxy" not in leg.title and leg.style != "aside"] == ["walk", "walk"]
    label = loopback(picture("trixie", "loopback"))
    name = next(text for text in picture("trixie", "loopback").map.texts if text.text == "host")
    assert label.y < name.y < label.y + label.h + 4, "beside the host's name"


def test_partners_speak_at_a_label_on_their_box() -> None:
    found = picture("trixie", "partner")
    label = loopback(found)
    shared = next(b for b in found.map.boxes if b.kind == "namespace" and "web" in b.about and "side" in b.about)
    assert shared.x < label.x < shared.x + shared.w and label.y < shared.y < label.y + label.h
    assert [leg.style for leg in shown("partner")] == ["there", "back"]


def test_a_name_and_a_neighbour_are_one_step_each() -> None:
    asked, *_ = steps("ping by name")
    assert asked.words == "db asks 127.0.0.11 for the name web — web is 172.18.0.2"
    assert "-j DNAT" in asked.notes[0].rule
    neighbour, *_ = steps("ping")
    assert neighbour.words.startswith("web asks everybody in its network: who has 172.18.0.3?")
    assert neighbour.words.endswith("db answers: 172.18.0.3 is at 02:42:ac:12:00:03")
    assert [leg.style for leg in shown("ping")] == ["aside", "there", "back"]


def test_a_name_that_is_not_known_is_asked_further_on() -> None:
    words = [step.words for step in steps("unknown name")]
    assert words[0] == "web asks 127.0.0.11 for the name far — far is not known"
    assert "Docker's DNS asks 192.0.2.53 for the name far — far is not known" in words
    assert any(text.endswith("the answer: 203.0.113.1 is at 3a:f6:7a:37:6e:c0") for text in words)


def test_without_a_packet_there_is_the_map_and_the_end() -> None:
    found = picture("trixie", "no network")
    assert not found.map.lines and not found.map.stops
    assert "ping: connect: Network is unreachable" in written(found)
    assert written(found).endswith("No packet towards the target was seen at any interface of alone.")


def test_the_lines_of_a_leg_hang_together() -> None:
    walk = walked("trixie", "outside")
    atlas = Atlas(layout(walk.world), walk.world)
    for leg in legs(walk):
        ends = [line.points for each in drawn([leg], atlas) for line in each.lines]
        for before, after in pairwise(ends):
            (x, y), (u, v) = before[-1], after[0]
            assert abs(x - u) < 0.1 or abs(y - v) < 0.1, (leg.title, before, after)


@pytest.mark.parametrize("theme", THEMES)
def test_the_same_walk_gives_the_same_bytes(theme: str) -> None:
    first, second = (walk_picture(walked("trixie", "ping"), title="Where?", theme=theme).png() for _ in range(2))
    assert first == second


def contrasts(theme: str) -> Iterator[float]:
    chosen = THEMES[theme]
    for colour in (chosen.walk, chosen.second, chosen.muted, chosen.gone):
        for ground in (chosen.paper, chosen.host, chosen.on_mark):
            yield contrast(colour, ground)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", THEMES)
def test_numbers_and_lines_can_be_read_on_what_is_below_them(theme: str) -> None:
    assert min(contrasts(theme)) >= 4.5


def page(case: str) -> dict[str, Any]:
    """What arrives in the page."""
    found: dict[str, Any] = json.loads(walk_view(walked("trixie", case), title="Where does it go?").json)
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_page_gets_the_steps_of_the_picture(case: str) -> None:
    view = page(case)
    told = [step for leg in view["legs"] for step in leg["steps"]]
    assert [(step["number"], step["words"], step["source"]) for step in told] == [
        (step.number, step.words, step.source) for step in steps(case)
    ]
    for step in told:
        (label,) = (text for tag, _, text in step["stops"] if tag == "text" and text[0].isdecimal())
        assert label.rstrip("✎") == str(step["number"])
        assert step["way"] and all(0 <= x <= view["width"] and 0 <= y <= view["height"] for x, y in step["way"])
    assert view["end"] == end_words(walked("trixie", case), rules=False)
    assert walk_view(walked("trixie", case), title="Where does it go?").alt == picture("trixie", case).alt


def test_every_colour_that_a_step_names_is_there_in_both_themes() -> None:
    drawn_by_page = json.dumps([page(case)["legs"] for case in CASES])
    used = set(re.findall(r"var\(--dn-([a-z0-9-]+)\)", drawn_by_page))
    assert {"walk", "second", "muted", "gone", "on-mark", "paper"} <= used
    for theme in THEMES:
        assert used <= {name.replace("_", "-") for name in colours(theme)}


def test_lines_lie_below_the_labels_that_they_pass() -> None:
    view = page("ping")
    front = view["strokes"][view["layers"][1] :]
    assert any(text.startswith("eth0") for tag, _, text in front if tag == "text")
    assert sum(tag == "rect" for tag, _, _ in front) >= 8
    assert all(tag != "text" for tag, _, _ in view["strokes"][: view["layers"][1]])


def test_without_a_kernel_it_is_the_picture() -> None:
    shown_widget = widgets.WalkWidget(
        walk_view(walked("trixie", "ping"), title="Where does it go?"), {"light": {}, "dark": {}}
    )
    data, metadata = shown_widget._repr_mimebundle_()
    still = picture("trixie", "ping")
    assert data["text/plain"] == metadata["image/png"]["alt"] == still.alt == repr(shown_widget)
    assert base64.b64decode(data["image/png"]) == still.png()
