"""The virtual machine's benchmark runs, once and small; its targets are for a quiet machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import vm


@pytest.mark.usefixtures("runtime")
def test_it_runs(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKERNET_DATA", str(tmp_path))
    assert vm.main(["--rounds", "1", "--idle", "1"]) in (0, 1), "the exit status; what goes wrong raises"
    measured = {line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]}
    assert measured >= {"restore", "first", "run", "exec", "observe", "MB"}
