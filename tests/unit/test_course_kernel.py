"""How a chapter's kernel is spoken to: by sockets that are no other kernel's."""

from __future__ import annotations

import tempfile

import pytest

from dockernet_course.course.run import _LocalKernel


def test_each_has_sockets_of_its_own_among_temporary_files() -> None:
    one, other = _LocalKernel(), _LocalKernel()
    assert one.transport == other.transport == "ipc"
    assert one.ip != other.ip and one.ip.startswith(tempfile.gettempdir() + "/")


def test_where_their_path_would_be_too_long_it_has_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/tmp/" + "x" * 90)
    kernel = _LocalKernel()
    assert (kernel.transport, kernel.ip) == ("tcp", "127.0.0.1")
