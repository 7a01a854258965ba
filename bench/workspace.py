"""Where targets, scenarios, the project's lock and the results lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

DATA = "_data"
"""The folder of an installed package that holds what a checkout has beside it, under the same names."""
ELSEWHERE = Path(".layercake")
"""Where results go outside of a checkout: into whatever folder the command was called in."""


class WorkspaceError(Exception):
    """A folder that results can't be kept in; the message names it, the reason and the next step."""


@dataclass(frozen=True)
class Workspace:
    """`project` holds `targets/`, `scenarios/`, `requirements.lock`, `record.toml`, and `pyproject.toml` with the
    groups of requirements that a stack is made of. `results` is where results go when nobody says where."""

    project: Path
    results: Path

    @property
    def targets(self) -> Path:
        return self.project / "targets"

    @property
    def scenarios(self) -> Path:
        return self.project / "scenarios"

    @property
    def record_plan(self) -> Path:
        return self.project / "record.toml"


def find(package: Path) -> Workspace:
    """The workspace of a package `bench` in this folder.

    A checkout keeps its results wherever the command was called; what was installed must not write beside itself.
    """
    beside = package.parent
    if (beside / "pyproject.toml").is_file() and (beside / "targets").is_dir():
        return Workspace(beside, beside / "results")
    return Workspace(package / DATA, ELSEWHERE)


_HERE = find(Path(__file__).absolute().parent)
PROJECT = _HERE.project
TARGETS = _HERE.targets
SCENARIOS = _HERE.scenarios
RECORD_PLAN = _HERE.record_plan
RESULTS = _HERE.results


@dataclass(frozen=True)
class Results:
    """A folder of results, and where in it each kind lies."""

    folder: Path

    @classmethod
    def kept_in(cls, folder: Path) -> Self:
        """Results in a folder that may not be there yet, and that nothing is written into yet.

        Said before minutes are spent on measuring: raises WorkspaceError where it can't be written to.
        """
        existing = next(one for one in (folder, *folder.absolute().parents) if one.exists())
        if not existing.is_dir():
            raise _refused(folder, f"{existing} is no folder")
        if not os.access(existing, os.W_OK | os.X_OK):
            raise _refused(folder, f"{existing} may not be written to")
        return cls(folder)

    def made(self) -> Self:
        """The folder is there now. One that nobody named stays out of the repository that it may lie in.

        Raises WorkspaceError.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            ignoring = self.folder / ".gitignore"
            if self.folder == ELSEWHERE and not ignoring.exists():
                ignoring.write_text("*\n", "utf-8")
        except OSError as error:
            raise _refused(self.folder, error.strerror or str(error)) from error
        return self

    @property
    def runs(self) -> Path:
        return self.folder / "runs"

    @property
    def comparisons(self) -> Path:
        return self.folder / "comparisons"

    @property
    def selftests(self) -> Path:
        return self.folder / "selftests"

    @property
    def flames(self) -> Path:
        return self.folder / "flames"

    @property
    def heaps(self) -> Path:
        return self.folder / "heaps"

    @property
    def sweeps(self) -> Path:
        return self.folder / "sweeps"

    @property
    def bisections(self) -> Path:
        return self.folder / "bisections"

    @property
    def track(self) -> Path:
        return self.folder / "track"

    @property
    def record(self) -> Path:
        return self.folder / "record"

    @property
    def audits(self) -> Path:
        return self.folder / "audits"

    @property
    def looks(self) -> tuple[Path, Path]:
        """What was seen inside two stacks."""
        return self.flames, self.heaps

    @property
    def shown(self) -> tuple[Path, ...]:
        """Everything that `bench report` finds by its id."""
        return self.runs, self.comparisons, self.sweeps, self.bisections, *self.looks, self.audits


def _refused(folder: Path, reason: str) -> WorkspaceError:
    return WorkspaceError(f"{folder}: results can't be kept there ({reason}); name another folder with --results DIR")
