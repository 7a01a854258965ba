"""What the verbs that look inside two stacks have in common: asked for, looked at, kept whatever happens, and shown."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import typer

from bench.cli.output import Exit, console, errors, show, show_page
from bench.cli.paired import Prepared, written
from bench.cli.progress import RunProgress
from bench.model.diff import Document, HeapDiff, ProfileDiff
from bench.model.errors import UsageError
from bench.model.heap import Heaps
from bench.report import document
from bench.report.documents import profile_diff
from bench.report.publish import publish_flames, publish_heap_pairs, publish_heaps
from bench.report.words.diff_kinds import MEMORY, TIME
from bench.runner.agent_pair import PairedPlan
from bench.store.recording import Recording
from bench.workflows.difference.diff import DiffRequest
from bench.workflows.run import RunListener

Measure = Callable[[Recording[Document], PairedPlan, RunListener], None]
Show = Callable[[Document, Path], Path | None]


def of_two(base: str, head: str, stack: str, globs: tuple[str, ...]) -> bool:
    """Whether two stacks are asked about. Raises UsageError for half a question."""
    if not base and not head:
        return False
    if not (base and head) or stack:
        raise UsageError("use --base and --head together and without --stack, e.g. 'fastapi==0.115.6'")
    if not globs:
        raise UsageError("--base and --head need a case or glob, e.g. fastapi_plain:plain")
    return True


def asked(ready: Prepared) -> DiffRequest:
    """By the words of the command line."""
    return DiffRequest(ready.arms, ready.sides, ready.skipped, tuple(sys.argv[1:]))


def look(recording: Recording[Document], arms: PairedPlan, measure: Measure[Document], shown: Show[Document]) -> None:
    """Look, and show what was seen; exits when it is interrupted, can't be kept, or there is nothing to show."""
    interrupted = False
    with written():
        try:
            with RunProgress(console) as progress:
                measure(recording, arms, progress)
        except KeyboardInterrupt:
            interrupted = True
        page = shown(recording.document, recording.folder)
    if interrupted:
        errors.print(f"interrupted; results are saved in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED)
    if page is None:
        errors.print("bench: nothing valid was measured; the reasons are above")
        raise typer.Exit(Exit.NO_VALID_MEASUREMENT)


def show_flames(flames: ProfileDiff, folder: Path) -> Path | None:
    """Render and print; the page, None where nothing was profiled. Raises StoreError."""
    narratives, page = publish_flames(flames, folder)
    return _shown(profile_diff.document(flames, narratives, TIME), page)


def show_heap_pairs(pairs: HeapDiff, folder: Path) -> Path | None:
    """Render and print; the page, None where nothing was looked at. Raises StoreError."""
    narratives, page = publish_heap_pairs(pairs, folder)
    return _shown(profile_diff.document(pairs, narratives, MEMORY), page)


def show_heaps(heaps: Heaps, folder: Path) -> None:
    """Render and print what was seen of one stack. Raises StoreError."""
    said, page = publish_heaps(heaps, folder)
    _shown(said, page)


def _shown(said: document.Document, page: Path | None) -> Path | None:
    show(said)
    if page is not None:
        show_page(str(page))
    return page
