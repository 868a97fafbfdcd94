"""An engine that asks for a time namespace, as Docker Engine does from 29.5 on: what crun makes of it."""

from __future__ import annotations

import pytest

from dockernet_course.engines import find_engine
from dockernet_course.engines.inside import machine
from dockernet_course.errors import Refused
from dockernet_course.lab import open_lab
from dockernet_course.observe import observe
from tests.root.plain import plain_engine

pytestmark = pytest.mark.root
ASKED = """#!/bin/busybox sh
for argument in "$@"; do
  config=$argument/config.json
  [ "$previous" != --bundle ] || busybox sed -i 's/{"type":"mount"}/{"type":"mount"},{"type":"time"}/' "$config"
  previous=$argument
done
"""


def test_an_observer_that_is_not_among_the_hosts_processes_says_so() -> None:
    with plain_engine("trixie", runc=f'{ASKED}exec /usr/bin/crun "$@"\n') as plain:
        engine = find_engine(f"unix://{plain.socket}")
        with pytest.raises(Refused, match="does not show a container the host's processes"), open_lab(engine) as lab:
            lab.run("web")


def test_without_the_time_namespace_it_sees_everybody() -> None:
    runc = ASKED + machine.RUNC.partition("\n")[2]
    with plain_engine("trixie", runc=runc) as plain, open_lab(find_engine(f"unix://{plain.socket}")) as lab:
        lab.run("web")
        assert observe(lab).vanished == () and observe(lab).container("web").namespace
