"""Profiles two stacks in turn, case by case.

A profile never gives a time: `bench compare` says whether something changed, these say where.
"""

from __future__ import annotations

import math
from contextlib import closing
from pathlib import Path

from bench.measure import profile
from bench.measure.pass_spec import LAUNCH_S
from bench.measure.profile import ProfileOfBoth
from bench.model.diff import ProfileDiff, ProfilePair
from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.runner.agent_pair import PairedPlan
from bench.runner.call_costs import launches_within
from bench.store.files import write_files
from bench.store.recording import Recording
from bench.workflows.difference import diff
from bench.workflows.difference.diff import DiffRequest
from bench.workflows.run import RunListener

# As many as give each function an interval; the time that an effort has for a profile is shared out among them.
LAUNCHES = 6
_EFFORTS_OF_ONE = 4
_FEWEST = 3


def begin(asked: DiffRequest, folder: Path, project: Path) -> Recording[ProfileDiff]:
    """Nothing profiled yet, in `folder`. Raises StoreError."""
    return diff.begin(ProfileDiff, asked, folder, project)


def measure(recording: Recording[ProfileDiff], paired: PairedPlan, progress: RunListener) -> None:
    """Profile every case of `paired` that both stacks answer alike, launch by launch.

    What was profiled when it is interrupted is kept. Raises StoreError and KeyboardInterrupt.
    """
    measure_within(recording, paired, progress, math.inf)


def measure_within(
    recording: Recording[ProfileDiff], paired: PairedPlan, progress: RunListener, within_s: float
) -> None:
    """The same, with as many launches as fit."""
    duration_s = _duration_s(paired)
    cases = [case.model_copy(update={"only": (Pass.PROFILE,)}) for case in paired.base.cases]

    def expected_s() -> float:
        return launches_fitting(paired, within_s) * _launch_s(paired)

    with diff.looking(recording, paired.of(cases), progress, Pass.PROFILE, expected_s) as (profiled, failed):
        worth_s = _launch_s(paired) / max(1, len(cases))
        for launch in range(launches_fitting(paired, within_s)):
            with closing(profile.measure_both(profiled, launch, duration_s, failed)) as observed:
                for one in observed:
                    _keep(recording, launch, paired.base.hash_seed(launch), one)
                    case = one.case if isinstance(one, MissingSample) else one.base.sample.case
                    progress.observed(Pass.PROFILE, case, worth_s)


def launches_fitting(paired: PairedPlan, within_s: float) -> int:
    """How many launches of these cases fit, none if fewer than an interval needs. Slow cases have no more than that
    where their effort has no time for more."""
    launch_s, slow = _launch_s(paired), any(paired.long(case.id) for case in paired.base.cases)
    most = LAUNCHES
    if slow:
        allowed_s = paired.base.effort.slow_case_s * len(paired.base.cases)
        most = launches_within(allowed_s, launch_s, most=LAUNCHES, least=_FEWEST)
    fitting = min(most, int((within_s - _check_s(paired)) / launch_s)) if math.isfinite(within_s) else most
    return fitting if fitting >= min(_FEWEST, LAUNCHES) else 0


def least_s(paired: PairedPlan) -> float:
    """The shortest time in which these cases can be profiled."""
    return _check_s(paired) + min(_FEWEST, LAUNCHES) * _launch_s(paired)


def _check_s(paired: PairedPlan) -> float:
    """Both stacks' answers, looked at before."""
    return 2 * (_starts_s(paired) + sum(paired.call_s(case.id) for case in paired.base.cases))


def _starts_s(paired: PairedPlan) -> float:
    return max(LAUNCH_S, paired.starts_s(alone=True))


def _duration_s(paired: PairedPlan) -> float:
    return _EFFORTS_OF_ONE * paired.base.effort.profile_s / LAUNCHES


def _launch_s(paired: PairedPlan) -> float:
    duration_s = _duration_s(paired)
    return _starts_s(paired) + sum(
        2 * profile.expected_s(paired.call_s(case.id), duration_s) for case in paired.base.cases
    )


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
