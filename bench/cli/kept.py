"""What a command says that is interrupted, or can't write: whether anything was measured, and where it lies."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bench.cli.output import Exit, errors
from bench.model.audit import Audit
from bench.model.run import Run
from bench.store.files import StoreError
from bench.store.recording import Recording
from bench.text.numbers import counted


@contextmanager
def nothing_measured() -> Iterator[None]:
    """Says that there are no results when the block is interrupted, and exits."""
    try:
        yield
    except KeyboardInterrupt:
        errors.print("interrupted; no results")
        raise typer.Exit(Exit.INTERRUPTED) from None


@contextmanager
def keeping(recording: Recording[Run] | Recording[Audit], show: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Says what is kept when the block is interrupted, or what it made can't be written, and exits. `show` shows what
    there is before the second."""
    try:
        yield
    except KeyboardInterrupt:
        errors.print(f"interrupted; {_kept(recording)}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except StoreError as error:
        show()
        errors.print(f"bench: {error}\n{_kept(recording)}")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT) from None


def _kept(recording: Recording[Run] | Recording[Audit]) -> str:
    samples = counted(len(recording.document.samples), "sample")
    return f"results are saved ({samples}): {shows(recording.folder)} shows them"


def shows(folder: Path) -> str:
    """The command that shows a result, wherever it lies."""
    return f"`bench report {shlex.quote(str(folder))}`"
