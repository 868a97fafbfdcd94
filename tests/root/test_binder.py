"""Binder, as near as can be had without it: the image is built, and a learner's pod is started from it.

How, says ``binder_image.py``. In the pod run ``binder/start``, a server and chapters, with no network but ``lo``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import seat as benchmark
from tests.root.binder_image import SHARED, Image, a_pod, built, done
from tests.root.pod import Pod
from tests.sampling import some_chapters

pytestmark = pytest.mark.root

DISK_MB = 2000


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """The same, for all tests."""
    with built() as made:
        yield made


@pytest.fixture(params=["capsule", "vm"])
def kind(request: pytest.FixtureRequest) -> str:
    """The engine that a pod can have: a capsule where it may have user namespaces, though /proc is masked."""
    return str(request.param)


@pytest.fixture
def seat(image: Image, kind: str) -> Iterator[Pod]:
    """A learner's pod."""
    with a_pod(image.root, image.home, filtered=kind == "vm") as made:
        assert done(made, "cat /proc/net/dev").count(":") == 1, "lo, and nothing else"
        yield made


def test_the_image_is_small_enough_and_holds_all(image: Image) -> None:
    assert image.added_mb < DISK_MB
    assert "the engine pack is ready" in image.said
    kinds = [path.suffix for path in Path(f"{image.root.partition(':')[0]}{SHARED}").iterdir()]
    assert (kinds.count(".pack"), kinds.count(".vm"), kinds.count(".snapshot")) == (1, 1, 1), kinds


# The server of Binder's pods (binderspawner_mixin.py, `get_args`), asked from inside.
SERVE = """
./binder/start jupyter-lab --ip=0.0.0.0 --port=8888 --ServerApp.base_url=/user/x/ --ServerApp.token=for-this-test \
  --ServerApp.allow_origin='*' >server.log 2>&1 &
exec python - <<'PYTHON'
import json, re, time
from html import unescape
from urllib.error import URLError
from urllib.request import Request, urlopen
def ask(path, method="GET"):
    return urlopen(Request(f"http://127.0.0.1:8888/user/x/{path}", method=method,
                           headers={"Authorization": "token for-this-test"}), timeout=60)
for _ in range(600):
    try:
        page = ask("")
        break
    except URLError:
        time.sleep(0.1)
shown = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page.read().decode(), re.S)
book = json.load(ask("api/contents/my-course/00-start-here.ipynb"))["content"]
outputs = sum(len(cell.get("outputs", [])) for cell in book["cells"])
print(json.dumps({"url": page.url, "news": json.loads(unescape(shown[1]))["news"], "outputs": outputs}))
PYTHON
"""


def test_the_server_opens_on_the_start_page_of_the_learners_copy(seat: Pod) -> None:
    seen = json.loads(done(seat, SERVE).splitlines()[-1])
    assert seen["url"].endswith("/user/x/lab/tree/my-course/00-start-here.ipynb")
    assert seen["news"] == {"disabled": True} and seen["outputs"] == 0


def test_chapters_run(seat: Pod, kind: str) -> None:
    # What a chapter makes of a virtual machine is what tests/vm ask; here it is whether the image's machine serves one.
    wanted = some_chapters(1, "00", "09") if kind == "capsule" else some_chapters(1)
    said = done(seat, f"dockernet course --out /tmp/course {' '.join(wanted)}")
    assert f"({kind})" in said and said.count(" ok ") == len(wanted), said
    made_anew = {path.suffix for path in (seat.folder / f"written/above{SHARED}").glob("*")}
    assert not made_anew & {".pack", ".vm", ".snapshot"}


def test_the_benchmark_of_a_seat_runs(image: Image, capsys: pytest.CaptureFixture[str]) -> None:
    with a_pod(image.root, image.home, filtered=False) as bare:
        assert benchmark.measure(bare, ["00"], pause=0)
    said = capsys.readouterr().out
    assert [line.partition(" | ")[0] for line in said.splitlines()] == ["chapter", "00", "all"], said
