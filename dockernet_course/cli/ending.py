"""SIGTERM and a terminal that closes end a command as Ctrl-C does: its children end, and its folders go.

By default they would end it where it stands: kernels, apt and unpackers would go on, and their files stay.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

from dockernet_course.processes import children

__all__ = ["tidily"]

_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def tidily() -> Iterator[None]:
    """Inside, such a signal unwinds what is under way. A second one ends the process where it stands.

    Nothing is changed where a signal is ignored already (nohup(1)).
    """
    main = threading.current_thread() is threading.main_thread()  # no other one can be told of signals
    taken = [number for number in _SIGNALS if main and signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, _end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    del frame
    for each in _SIGNALS:
        signal.signal(each, signal.SIG_DFL)
    for child in children():
        with contextlib.suppress(OSError):
            if os.getsid(child) == os.getsid(0):  # a kernel has its own: Jupyter ends it, so that it closes its lab
                os.kill(child, signal.SIGTERM)
    raise SystemExit(128 + number)
