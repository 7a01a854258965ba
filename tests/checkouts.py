"""A checkout of its own for a test that runs the command as a user does, in real processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil
import pytest

from bench.cli.main import main
from bench.cli.verbs import VERBS
from bench.model.run import Run
from bench.store import documents, locate

PATIENCE_S = 60
MAIN = "from bench.__main__ import main; main()"


class Checkout:
    """What `bench` needs, with results and targets of its own.

    The code is a link: a copy would be compiled anew by each of the processes that start here.
    """

    def __init__(self, root: Path, folder: Path) -> None:
        self.folder = folder
        (folder / "bench").symlink_to(root / "bench")
        shutil.copytree(root / "scenarios", folder / "scenarios", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("pyproject.toml", "requirements.lock"):
            shutil.copy(root / name, folder / name)
        self.targets = folder / "targets"
        self.targets.mkdir()
        self.runs = folder / "results" / "runs"

    def start(
        self, *words: str, limit: Callable[[], None] | None = None, within: Sequence[str] = ()
    ) -> subprocess.Popen[str]:
        """`within` is a command that runs another, such as one that enters a namespace."""
        return subprocess.Popen(
            [*within, sys.executable, "-c", MAIN, *words],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(self.folder), "COLUMNS": "100", "NO_COLOR": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=limit,  # noqa: PLW1509  no thread runs here
        )

    def bench(self, *words: str, limit: Callable[[], None] | None = None) -> tuple[int, str, str]:
        """Exit status, output, errors."""
        process = self.start(*words, limit=limit)
        out, err = process.communicate(timeout=PATIENCE_S)
        return process.returncode, out, err

    def stored(self) -> Run:
        (name,) = locate.ids(self.runs)
        return documents.RUN.load(self.runs / name)


class Here(Checkout):
    """A checkout whose `bench` runs in this process: for what only reads, or is refused, and asks no interpreter of its
    own to say so. `start` is a process nevertheless."""

    def __init__(
        self, root: Path, folder: Path, patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str]
    ) -> None:
        super().__init__(root, folder)
        self._patch, self._captured = patch, captured
        patch.chdir(folder)
        patch.setenv("COLUMNS", "100")

    def bench(self, *words: str, limit: Callable[[], None] | None = None) -> tuple[int, str, str]:
        assert limit is None, "a limit is for a process of its own"
        return in_process(self._patch, self._captured, *words[:1], *self._own(words), *words[1:])

    def _own(self, words: Sequence[str]) -> list[str]:
        """The targets and the results of this checkout, for a verb that has them."""
        known = VERBS.get(words[0]) if words else None
        taken = {one.name for one in known.command(words[0]).params} if known else set()
        own = {"targets": self.targets, "results": self.runs.parent}
        return [part for name, folder in own.items() if name in taken for part in (f"--{name}", str(folder))]


def in_process(patch: pytest.MonkeyPatch, captured: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit status, output and errors of a command in this process, whose ways to end are put back afterwards."""
    patch.setattr(sys, "argv", ["bench", *words])
    before = {ending: signal.getsignal(ending) for ending in (signal.SIGTERM, signal.SIGHUP)}
    captured.readouterr()
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        for ending, handler in before.items():
            signal.signal(ending, handler)
    out, err = captured.readouterr()
    return int(ended.value.code or 0), out, err


def offspring(process: subprocess.Popen[str]) -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


def all_gone(processes: list[psutil.Process]) -> bool:
    return not psutil.wait_procs(processes, timeout=10)[1]
