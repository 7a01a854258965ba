"""Profiles two stacks in turn, case by case.

A profile never gives a time: `bench compare` says whether something changed, these say where.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bench.measure import profile
from bench.measure.profile import ProfileOfBoth
from bench.model.diff import ProfileDiff, ProfilePair
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.agent_pair import PairedPlan
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.workflows import diff
from bench.workflows.diff import DiffRequest
from bench.workflows.run import RunListener

# As many as give each function an interval; the time that an effort has for a profile is shared out among them.
LAUNCHES = 6
_EFFORTS_OF_ONE = 4


def begin(asked: DiffRequest, folder: Path, project: Path) -> Recording[ProfileDiff]:
    """Nothing profiled yet, in `folder`. Raises StoreError."""
    return diff.begin(ProfileDiff, asked, folder, project)


def measure(recording: Recording[ProfileDiff], paired: PairedPlan, progress: RunListener) -> None:
    """Profile every case of `paired` that both stacks answer alike, launch by launch.

    What was profiled when it is interrupted is kept. Raises StoreError and KeyboardInterrupt.
    """
    duration_s = _EFFORTS_OF_ONE * paired.base.effort.profile_s / LAUNCHES
    cases = [case.model_copy(update={"only": (Pass.PROFILE,)}) for case in paired.base.cases]
    worth_s = 2.5 * duration_s
    expected_s = worth_s * len(cases) * LAUNCHES
    with diff.looking(recording, paired.of(cases), progress, Pass.PROFILE, expected_s) as (profiled, failed):
        for launch in range(LAUNCHES):
            with closing(profile.measure_both(profiled, launch, duration_s, failed)) as observed:
                for one in observed:
                    _keep(recording, launch, paired.base.hash_seed(launch), one)
                    case = one.case if isinstance(one, MissingSample) else one.base.sample.case
                    progress.observed(Pass.PROFILE, case, worth_s)


def _keep(recording: Recording[ProfileDiff], launch: int, hash_seed: int, one: ProfileOfBoth | MissingSample) -> None:
    if isinstance(one, MissingSample):
        diff.missing(recording, one)
        return
    write_files(recording.folder, one.base.files | one.head.files)
    sample = ProfilePair(
        case=one.base.sample.case,
        launch=launch,
        hash_seed=hash_seed,
        head_first=one.head_first,
        base=one.base.sample,
        head=one.head.sample,
    )
    recording.change(samples=(*recording.document.samples, sample))
