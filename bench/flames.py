"""Two stacks' profiles, case by case: taken in turn, and kept in a folder of their own, whence any page is made.

A profile never gives a time: `bench compare` says whether something changed, these say where.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from bench import host, profile, store
from bench.difference import Difference, difference
from bench.engine import agreement
from bench.engine.arms import Arms
from bench.model import Host, Noun, Pass
from bench.pairs import Disagreement, Side
from bench.profile import Pair, Profile
from bench.recording import Recording
from bench.run import Progress, git_state
from bench.samples import Absence, Noise, ProfileSample
from bench.stack.recipe import Recipe

FLAMES_FILE = "flames.json"
SCHEMA_VERSION = 1

# As many as give each function an interval; the time that an effort has for a profile is shared out among them.
LAUNCHES = 6
_EFFORTS_OF_ONE = 4


class ProfilePair(Noun):
    """One launch's profiles of a case on both stacks, one after the other on one core."""

    case: str
    launch: int
    hash_seed: int
    head_first: bool
    base: ProfileSample
    head: ProfileSample


class Flames(Noun):
    """Every profile of two stacks on one host, and what is needed to take them again."""

    schema_version: int = SCHEMA_VERSION
    id: str
    started_at: datetime
    command: tuple[str, ...]
    seed: int
    commit: str | None
    dirty: bool
    harness_version: str
    complete: bool
    base: Side
    head: Side
    host: Host
    database: str | None = None
    noise: tuple[Noise, ...] = ()
    samples: tuple[ProfilePair, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    absences: tuple[Absence, ...] = ()


@dataclass(frozen=True)
class Asked:
    """Which stacks are profiled, by which words, and the cases that one of them can't serve."""

    arms: Arms
    recipes: tuple[Recipe, Recipe]
    skipped: tuple[Absence, ...] = ()
    command: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{self.arms.base.seed:08x}"


def begin(asked: Asked, folder: Path, project: Path) -> Recording[Flames]:
    """Nothing profiled yet, and both locks beside it in `folder`. Raises StoreError."""
    base, head = asked.arms.base, asked.arms.head
    commit, dirty = git_state(project)
    flames = Flames(
        id=folder.name,
        started_at=datetime.now(UTC),
        command=asked.command,
        seed=base.seed,
        commit=commit,
        dirty=dirty,
        harness_version=version("fastapi-layercake"),
        complete=False,
        base=asked.recipes[0].side(base.environment.stack),
        head=asked.recipes[1].side(head.environment.stack),
        host=host.describe(),
        database=base.database.description if base.database else None,
        absences=tuple(map(store.without_paths, asked.skipped)),
    )
    recording = Recording(flames, folder, lambda document: _save(document, folder))
    recording.flush()
    for name, plan in (("base", base), ("head", head)):
        store.write_atomically(folder / f"{name}.lock", plan.environment.lock)
    return recording


def measure(recording: Recording[Flames], arms: Arms, progress: Progress) -> None:
    """Profile every case of `arms` that both stacks answer alike, launch by launch.

    What was profiled when it is interrupted is kept. Raises StoreError and KeyboardInterrupt.
    """
    core, duration_s = arms.base.cores.measured, _EFFORTS_OF_ONE * arms.base.effort.profile_s / LAUNCHES
    cases = [case.model_copy(update={"only": (Pass.PROFILE,)}) for case in arms.base.cases]
    worth_s = 2.5 * duration_s
    progress.begin({Pass.PROFILE: worth_s * len(cases) * LAUNCHES})
    try:
        recording.change(noise=(host.noise("start", core),))
        failed = _differing(recording, arms.of(cases))
        for launch in range(LAUNCHES):
            with closing(profile.measure_both(arms.of(cases), launch, duration_s, failed)) as observed:
                for one in observed:
                    _keep(recording, launch, arms.base.hash_seed(launch), one)
                    case = one.case if isinstance(one, Absence) else one.base.sample.case
                    progress.observed(Pass.PROFILE, case, worth_s)
        recording.change(noise=(*recording.document.noise, host.noise("end", core)), complete=True)
        progress.ended(Pass.PROFILE)
    finally:
        recording.flush()


def differences(flames: Flames, folder: Path) -> list[Difference]:
    """Of every case with profiles in `folder`, in the order in which they were taken. Raises StoreError, and ValueError
    for stacks that can't be read."""
    by_case: dict[str, list[ProfilePair]] = {}
    for sample in flames.samples:
        by_case.setdefault(sample.case, []).append(sample)
    return [
        difference(
            case,
            [Profile(one.base, store.folded(folder, one.base.file)) for one in pairs],
            [Profile(one.head, store.folded(folder, one.head.file)) for one in pairs],
        )
        for case, pairs in by_case.items()
    ]


def _differing(recording: Recording[Flames], arms: Arms) -> set[str]:
    """Cases that can't be laid side by side: the stacks answer differently, or neither as the target promises."""
    failed: set[str] = set()
    for one in agreement.check(arms):
        failed.add(one.case)
        if isinstance(one, Disagreement):
            recording.change(disagreements=(*recording.document.disagreements, store.without_paths(one)))
        else:
            recording.change(absences=(*recording.document.absences, store.without_paths(one)))
    return failed


def _keep(recording: Recording[Flames], launch: int, hash_seed: int, one: Pair | Absence) -> None:
    if isinstance(one, Absence):
        recording.change(absences=(*recording.document.absences, store.without_paths(one)))
        return
    for taken in (one.base, one.head):
        store.write_atomically(recording.folder / taken.sample.file, taken.folded)
    sample = ProfilePair(
        case=one.base.sample.case,
        launch=launch,
        hash_seed=hash_seed,
        head_first=one.head_first,
        base=one.base.sample,
        head=one.head.sample,
    )
    recording.change(samples=(*recording.document.samples, sample))


def _save(flames: Flames, folder: Path) -> None:
    kept = flames.model_copy(update=store.quoting(flames.absences, flames.command, flames.disagreements))
    store.write_atomically(folder / FLAMES_FILE, kept.model_dump_json() + "\n")
