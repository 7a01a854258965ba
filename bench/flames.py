"""Two stacks' profiles, case by case: taken in turn, and kept in a folder of their own, whence any page is made.

A profile never gives a time: `bench compare` says whether something changed, these say where.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Literal

from bench import profile, store, two_stacks
from bench.difference import Difference, Thousandths, difference
from bench.engine.arms import Arms
from bench.model import Noun, Pass
from bench.profile import Pair
from bench.recording import Recording
from bench.run import Progress
from bench.samples import Absence, ProfileSample
from bench.store import FLAMES_FILE
from bench.two_stacks import Asked, TwoStacks

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


class Flames(TwoStacks):
    """Every profile of two stacks on one host."""

    kind: Literal["flames"] = "flames"
    schema_version: int = SCHEMA_VERSION
    samples: tuple[ProfilePair, ...] = ()


def begin(asked: Asked, folder: Path, project: Path) -> Recording[Flames]:
    """Nothing profiled yet, in `folder`. Raises StoreError."""
    return two_stacks.begin(Flames, asked, folder / FLAMES_FILE, project)


def load(path: Path) -> Flames:
    """The flames of a file, or of the folder that holds it. Raises StoreError."""
    return store.read_as(path / FLAMES_FILE if path.is_dir() else path, Flames, SCHEMA_VERSION)


def measure(recording: Recording[Flames], arms: Arms, progress: Progress) -> None:
    """Profile every case of `arms` that both stacks answer alike, launch by launch.

    What was profiled when it is interrupted is kept. Raises StoreError and KeyboardInterrupt.
    """
    duration_s = _EFFORTS_OF_ONE * arms.base.effort.profile_s / LAUNCHES
    cases = [case.model_copy(update={"only": (Pass.PROFILE,)}) for case in arms.base.cases]
    profiled, worth_s = arms.of(cases), 2.5 * duration_s
    expected_s = worth_s * len(cases) * LAUNCHES
    with two_stacks.looking(recording, profiled, progress, Pass.PROFILE, expected_s) as failed:
        for launch in range(LAUNCHES):
            with closing(profile.measure_both(profiled, launch, duration_s, failed)) as observed:
                for one in observed:
                    _keep(recording, launch, arms.base.hash_seed(launch), one)
                    case = one.case if isinstance(one, Absence) else one.base.sample.case
                    progress.observed(Pass.PROFILE, case, worth_s)


def differences(flames: Flames, folder: Path) -> list[Difference]:
    """Of every case with profiles in `folder`, in the order in which they were taken. Raises StoreError."""
    return [
        difference(case, [_spent(folder, one.base) for one in pairs], [_spent(folder, one.head) for one in pairs])
        for case, pairs in two_stacks.by_case(flames.samples).items()
    ]


def _spent(folder: Path, sample: ProfileSample) -> Thousandths:
    """Nanoseconds a request."""
    return profile.per_request(sample, store.stacks(folder, sample.file).items())


def _keep(recording: Recording[Flames], launch: int, hash_seed: int, one: Pair | Absence) -> None:
    if isinstance(one, Absence):
        two_stacks.missing(recording, one)
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
