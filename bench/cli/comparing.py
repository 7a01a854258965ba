"""`bench compare`: did this version change anything?"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bench import choice, compare, flames, store, two_stacks, wishes
from bench.choice import Choice, Pythons, UsageError
from bench.cli import apart
from bench.cli.completing import run_names
from bench.cli.options import Cases, ResultsFolder, Targets
from bench.cli.output import Exit, console, errors, show_page, warn_if_disturbed
from bench.cli.side_by_side import known_selftest, prepared, recorded, show_comparison, written
from bench.engine import instructions
from bench.engine.arms import Arms
from bench.engine.launch import AgentError
from bench.engine.pairing import Pairing
from bench.load.served_pairing import BLOCK_S, ServedPairing
from bench.model import Pass, Verdict
from bench.pairs import Comparison
from bench.recording import Recording
from bench.report.change import rows
from bench.report.difference_told import Told
from bench.report.progress import RunProgress
from bench.report.publish import FLAMES_PAGE, publish_comparison, publish_flames
from bench.samples import Run
from bench.stages import FOR_PATIENCE, Measurer, Question
from bench.store import StoreError
from bench.verdict import FEWEST
from bench.workspace import PROJECT, RESULTS, TARGETS, Results

# Each takes about half a minute, beside the budget.
_PROFILED_MOST = 3
WHAT = "requirements in one argument, a requirements or lock file, a wheel, a project's folder, or a stored run"


@dataclass(frozen=True)
class Asked:
    """What is compared, and how, as the command line has it."""

    base: str
    head: str
    choice: Choice
    results: Results
    margin: float
    budget_s: float
    pythons: Pythons
    served: bool
    instructions: bool


def compare_command(
    base: Annotated[
        str, typer.Argument(metavar="BASE", help=f"The stack to compare with: {WHAT}.", autocompletion=run_names)
    ],
    head: Annotated[
        str,
        typer.Argument(metavar="HEAD", help="The stack that is asked about, named likewise.", autocompletion=run_names),
    ],
    case: Cases = None,
    margin: Annotated[str, typer.Option(metavar="SHARE", help="Changes smaller than this share don't matter.")] = "3%",
    budget: Annotated[str, typer.Option(metavar="TIME", help="How long it may measure, such as 90s, 5m or 1h.")] = "5m",
    served: Annotated[
        bool, typer.Option("--served", help="Compare CPU of the server and latency under load, not in process.")
    ] = False,
    count: Annotated[
        bool, typer.Option("--instructions", help="Count instructions as well, by valgrind; slow, beside the budget.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write the whole comparison into this file, too.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 4 when a case is inconclusive.")] = False,
    targets: Targets = TARGETS,
    results: ResultsFolder = RESULTS,
    python: Annotated[
        str | None, typer.Option(metavar="X.Y[,X.Y]", help="Python of both stacks, or the base's and the head's.")
    ] = None,
) -> None:
    """Compare two stacks, case by case; exits with 1 when one is slower."""
    asked = Asked(
        base=base,
        head=head,
        choice=Choice((Pass.TIMING, Pass.ALLOCATIONS), globs=tuple(case or ()), targets=targets),
        results=Results.kept_in(results),
        margin=wishes.margin(margin),
        budget_s=wishes.seconds(budget),
        pythons=wishes.pythons(python),
        served=served,
        instructions=count,
    )
    if count and not instructions.available():
        raise UsageError("--instructions needs valgrind, which isn't installed; install it, or leave the option out")
    if json_file is not None and json_file.is_dir():
        raise UsageError(f"--json {json_file}: is a folder; name a file")
    stored = store.stored_run(asked.results.runs, base), store.stored_run(asked.results.runs, head)
    profiled: list[Told] = []
    if any(stored):
        if served or count:
            raise UsageError("--served and --instructions compare side by side; name both stacks by what is in them")
        recording = _apart(asked, stored)
    else:
        recording, profiled = _side_by_side(asked)
    _publish(recording, profiled, json_file)
    raise typer.Exit(_status(recording.document, strict))


def _publish(recording: Recording[Comparison], profiled: Sequence[Told], json_file: Path | None) -> None:
    """Print first: what can't be written costs nobody the verdict."""
    show_comparison(recording.document, profiled)
    warn_if_disturbed(recording.document.noise)
    with written():
        page = publish_comparison(recording.document, recording.folder, profiled)
        if json_file is not None:
            store.write_atomically(json_file, store.comparison_json(recording.document))
    show_page(str(page))


def _side_by_side(asked: Asked) -> tuple[Recording[Comparison], list[Told]]:
    with ExitStack() as running:
        ready = prepared(running, asked.choice, (asked.base, asked.head), asked.pythons)
        arms, blocks = _measured_by(ready.arms, asked)
        question = Question(
            arms,
            ready.recipes,
            ready.skipped,
            asked.margin,
            asked.budget_s,
            gate="server_cpu_us" if asked.served else "cpu_us",
            selftest=known_selftest(asked.results),
        )
        recording = recorded(question, blocks, asked.results.made().comparisons, count_instructions=asked.instructions)
        return recording, _profile(recording, question)


def _profile(recording: Recording[Comparison], question: Question) -> list[Told]:
    """Where the time of the largest changes went, as flame graphs beside the comparison, which is complete by now."""
    changed = [row.case for row in rows(recording.document) if row.changed][:_PROFILED_MOST]
    if not changed or recording.document.gate != "cpu_us":
        return []
    cases = [case for case in question.arms.base.cases if case.id in changed]
    arms, folder = question.arms.of(cases), recording.folder / FLAMES_PAGE.parent
    inside = two_stacks.Asked(arms, question.recipes, command=tuple(sys.argv[1:]))
    try:
        profiles = flames.begin(inside, folder, PROJECT)
        with RunProgress(console) as progress:
            flames.measure(profiles, arms, progress)
        return publish_flames(profiles.document, folder)[0]
    except KeyboardInterrupt:
        show_comparison(recording.document)
        errors.print(f"interrupted while profiling what changed; the comparison is kept in {recording.folder}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except (AgentError, StoreError) as error:
        errors.print(f"bench: what changed can't be profiled: {error}")
        return []


def _measured_by(arms: Arms, asked: Asked) -> tuple[Arms, Measurer]:
    """Raises UsageError for more served cases than the budget has time for."""
    if not asked.served:
        return arms, Pairing(arms, FOR_PATIENCE * asked.budget_s)
    arms, scenario, file = choice.served(arms, asked.choice)
    blocks = 2 * FEWEST  # as many again, to confirm what looks changed
    least_s = blocks * len(arms.base.cases) * BLOCK_S
    if least_s > asked.budget_s:
        raise UsageError(
            f"--served: {blocks} blocks of {len(arms.base.cases)} cases take about {least_s / 60:.0f} minutes; "
            "name fewer with --case, or give it a larger --budget"
        )
    return arms, ServedPairing(arms, scenario, file)


def _apart(asked: Asked, stored: tuple[Run | None, Run | None]) -> Recording[Comparison]:
    """At least one of both is stored."""
    base, head = stored
    first = apart.stored(asked.base, base) if base else None
    second = apart.stored(asked.head, head) if head else None
    if first is None and second is not None:
        first = apart.measured(asked.base, second.run, asked.choice, asked.results, asked.pythons[0])
    elif second is None and first is not None:
        second = apart.measured(asked.head, first.run, asked.choice, asked.results, asked.pythons[1])
    assert first is not None  # noqa: S101
    assert second is not None  # noqa: S101
    return apart.compared(first, second, asked.choice, asked.results, asked.margin)


def _status(comparison: Comparison, strict: bool) -> Exit:
    """A head that fails where the base does not is a regression as well, and the worst of them."""
    found = compare.gate(comparison)
    if any(one.verdict is Verdict.SLOWER for one in found) or compare.broken(comparison):
        return Exit.REGRESSION
    if not any(one.valid for one in found):
        errors.print("bench: no valid measurement; the reasons stand above")
        return Exit.NO_VALID_MEASUREMENT
    inconclusive = any(one.verdict is Verdict.INCONCLUSIVE for one in found) or bool(comparison.disagreements)
    return Exit.INCONCLUSIVE if strict and inconclusive else Exit.FINE
