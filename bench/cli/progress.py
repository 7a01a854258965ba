"""How far a run is: a live bar with the time left on a terminal, a plain line a pass anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import perf_counter
from types import TracebackType
from typing import Generic, Self, TypeVar

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Column
from rich.text import Text

from bench.measure.passes import PASSES
from bench.model.workload import Pass
from bench.runner.app_start import PATIENCE_S
from bench.text.numbers import duration

Stage = TypeVar("Stage")

_BAR = 16
_REFRESHES = 2
"""A second: drawing takes CPU from a machine that is being measured on."""
_OFF_LIMIT, _OFF_LEAST_S = 0.15, 5.0
"""How far the time that was shown may be off before a new one is shown."""


def _bar(console: Console) -> Progress:
    """What is being done gives way on a narrow terminal, the time left never."""
    return Progress(
        TextColumn("{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=_BAR),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        expand=True,
        refresh_per_second=_REFRESHES,
        disable=not console.is_interactive,
        speed_estimate_period=60,
    )


def starting(app: str) -> Text:
    """What a command says while an app is started for the first time: nobody knows yet how long that takes."""
    return Text(f"starting {app}: its import may take up to {duration(PATIENCE_S)}, and so may its lifespan")


class _Shown:
    """A context manager: a bar on the console, from the beginning to the end, and how long it all takes in words."""

    def __init__(self, console: Console, total_s: float | None = None) -> None:
        self._console = console
        self._bar = _bar(console)
        self._task = self._bar.add_task("starting", total=total_s)
        self._shown_s: float | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def _expect(self, total_s: float) -> None:
        """How long it takes in all: at first, and again where that turns out to be wrong."""
        self._bar.update(self._task, total=total_s)
        if self._shown_s is None:
            self._console.print(f"measuring, {self._in_words(total_s, first=True)}")
        elif abs(total_s - self._shown_s) > max(_OFF_LEAST_S, _OFF_LIMIT * self._shown_s):
            self._console.print(f"measuring, now {self._in_words(total_s, first=False)} in all")
        else:
            return
        self._shown_s = total_s

    def _in_words(self, total_s: float, *, first: bool) -> str:
        return f"about {duration(total_s)}"


class _Stages(_Shown, Generic[Stage]):
    """The progress of one stage after another, as a context manager; the bar's unit is expected seconds."""

    def __init__(self, console: Console, clock: Callable[[], float] = perf_counter) -> None:
        super().__init__(console)
        self._clock = clock
        self._begin_s = 0.0
        self._expected_s: dict[Stage, float] = {}

    def begin(self, expected_s: Mapping[Stage, float]) -> None:
        self._begin_s = self._clock()
        self._expected_s = dict(expected_s)
        self._expect(sum(expected_s.values()))

    def expects(self, left_s: Mapping[Stage, float]) -> None:
        """What the stages that are left take, as far as is known now."""
        self._expected_s = dict(left_s)

    def begun(self, stage: Stage) -> None:
        """A stage begins by starting processes, of which nothing is observed."""
        self._bar.update(self._task, description=f"{self._label(stage)}: starting the app")

    def observed(self, stage: Stage, what: str, worth_s: float) -> None:
        self._bar.update(self._task, advance=worth_s, description=f"{self._label(stage)}: {what}")

    def ended(self, stage: Stage) -> None:
        """One that was shorter or longer than planned moves the bar to where the next one starts. One that was expected
        to take no time has measured nothing."""
        expected_s = self._expected_s.pop(stage)
        spent_s = self._clock() - self._begin_s
        if self._expected_s:
            self._expect(spent_s + sum(self._expected_s.values()))
        self._bar.update(self._task, completed=spent_s)
        if expected_s and not self._console.is_interactive:
            self._console.print(f"measured: {self._label(stage)}")

    def _label(self, stage: Stage) -> str:
        raise NotImplementedError


class RunProgress(_Stages[Pass]):
    """Of a run, by its passes."""

    def _label(self, stage: Pass) -> str:
        return PASSES[stage].label


class AuditProgress(_Stages[str]):
    """Of an audit, by the labels of its passes."""

    def _label(self, stage: str) -> str:
        return stage


class BudgetProgress(_Shown):
    """A context manager that a comparison tells what it does; the bar's unit is seconds of its budget."""

    def __init__(self, console: Console, budget_s: float) -> None:
        super().__init__(console, budget_s)
        self._budget_s = budget_s
        self._doing = ""

    def expects(self, total_s: float) -> None:
        """In all, as far as is known: what the next blocks show may need more blocks, up to the budget."""
        self._expect(total_s)

    def _in_words(self, total_s: float, *, first: bool) -> str:
        if total_s >= self._budget_s:
            return super()._in_words(total_s, first=first)
        if first:
            return f"{duration(total_s)} to {duration(self._budget_s)}: until the verdicts are clear"
        return f"at least {duration(total_s)}"

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        self._bar.update(self._task, completed=spent_s, description=f"{doing}: {subject}")
        if doing != self._doing and not self._console.is_interactive:
            self._console.print(f"{spent_s:5.0f} s  {doing}")
        self._doing = doing


class SeriesProgress(_Shown):
    """The progress of one comparison after another, as a context manager; the bar's unit is s of their budgets."""

    def __init__(self, console: Console, budget_s: float) -> None:
        super().__init__(console)
        self._budget_s = budget_s
        self._what = ""
        self._begun = 0
        self._before_s = 0.0

    def begins(self, what: str, left: int) -> None:
        """Where fewer or more comparisons are needed than was thought, the bar leaps."""
        self._what, self._before_s = what, self._begun * self._budget_s
        total_s = self._before_s + left * self._budget_s
        self._begun += 1
        self._bar.update(self._task, total=total_s, completed=self._before_s, description=f"{what}: its environment")
        if not self._console.is_terminal:
            self._console.print(f"comparing {what}, {left} left", soft_wrap=True)

    def reached(self, doing: str, subject: str, spent_s: float) -> None:
        completed_s = self._before_s + min(spent_s, self._budget_s)
        self._bar.update(self._task, completed=completed_s, description=f"{self._what}: {doing}: {subject}")

    def expects(self, total_s: float) -> None:
        """Nothing: what is left depends on the comparisons to come, each of which has its budget."""
