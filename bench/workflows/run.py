"""Runs every pass of a plan in order, and keeps what each of them observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Protocol

from bench.analysis.load.rate_search import tries
from bench.host.noise import noise
from bench.measure.job import Loads
from bench.measure.pass_spec import Observation, PassInputs, WithFiles
from bench.measure.passes import PASSES
from bench.model.load import SearchSample
from bench.model.run import MEASUREMENT, MissingSample, Noise, Run, Sample
from bench.model.workload import PROFILES, EffortName, Pass
from bench.runner.plan import Plan
from bench.store import documents
from bench.store.files import write_atomically, write_files
from bench.store.recording import Recording
from bench.workflows.provenance import begun


class RunListener(Protocol):
    """Receives the progress of a run: the seconds that each pass is expected to take, and each observation."""

    def begin(self, expected_s: Mapping[Pass, float]) -> None: ...

    def observed(self, during: Pass, what: str, worth_s: float) -> None: ...

    def ended(self, during: Pass) -> None: ...


def begin(
    plan: Plan,
    effort: EffortName,
    skipped: tuple[MissingSample, ...],
    command: Sequence[str],
    results: Path,
    project: Path,
) -> Recording[Run]:
    """A new run of a plan that a command asked for, with nothing measured yet, and its lock beside it.

    Raises StoreError.
    """
    run = Run(
        **begun(command, plan.seed, project, word=effort),
        effort=effort,
        measurement=MEASUREMENT,
        stack=plan.environment.stack,
        url=plan.url,
        database=plan.database.description if plan.database else None,
        server=plan.server,
        cases=(*plan.cases,),
        absences=skipped,
    )
    recording = documents.RUN.recording(run, results)
    recording.flush()
    if plan.url is None:
        write_atomically(recording.folder / "stack.lock", plan.environment.lock)
    return recording


def measure(
    recording: Recording[Run], plan: Plan, passes: tuple[Pass, ...], loads: Loads, progress: RunListener
) -> None:
    """All passes, in their order. Where they are nothing but profiles, pyinstrument's own files are kept as well.

    Raises StoreError when a result can't be kept, and KeyboardInterrupt.
    """
    given = PassInputs(plan, loads, own_files=set(passes) <= set(PROFILES))
    expected = {during: PASSES[during].expected_s(given) for during in passes}
    progress.begin(expected)
    try:
        _heard(recording, noise("start", plan.cores.measured))
        for during in passes:
            start = perf_counter()
            worth_s = expected[during] / max(1, PASSES[during].observations(given))
            with closing(PASSES[during].observe(given)) as observed:
                for observation in observed:
                    _add(recording, observation)
                    progress.observed(during, _subject(observation), worth_s)
            recording.change(elapsed_s={**recording.document.elapsed_s, during: perf_counter() - start})
            progress.ended(during)
        _heard(recording, noise("end", plan.cores.measured))
        recording.change(complete=True)
        recording.flush()
    except BaseException:
        recording.flush()
        raise


def _add(recording: Recording[Run], observation: Observation) -> None:
    run = recording.document
    if isinstance(observation, MissingSample):
        recording.change(absences=(*run.absences, observation))
    elif isinstance(observation, WithFiles):
        write_files(recording.folder, observation.files)
        if observation.sample is not None:
            recording.change(samples=(*run.samples, observation.sample))
    else:
        recording.change(samples=(*filter(partial(_other, observation), run.samples), observation))


def _heard(recording: Recording[Run], noise: Noise) -> None:
    recording.change(noise=(*recording.document.noise, noise))


def _other(new: Sample, kept: Sample) -> bool:
    """Whether both are to be kept: a search comes again as it gets on, and takes its own place."""
    if not (isinstance(new, SearchSample) and isinstance(kept, SearchSample)):
        return True
    return (new.case, new.scenario) != (kept.case, kept.scenario)


def _subject(observation: Observation) -> str:
    if isinstance(observation, SearchSample) and (tried := tries(observation)):
        said = {True: "held", False: "not held", None: "says nothing"}
        return f"{observation.case} {tried[-1].rate:,g} requests/s {said[tried[-1].held]}"
    if isinstance(observation, WithFiles):
        return observation.sample.case if observation.sample else "all cases"
    return observation.case
