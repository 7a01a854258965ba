"""A quiet machine is fit; each thing that disturbs is said by itself, with the step that mends it."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.host.affinity import Cores, StreamCores
from bench.host.doctor import Diagnosis, Fitness, HostFinding, diagnose, disturbed
from bench.host.state import TOOLS, BusyProcess, Machine
from bench.model.environment import Host
from bench.model.run import Noise
from bench.model.selftest import Control, CoreControl, Selftest

HOST = Host(
    cpu_model="Example CPU",
    cores=2,
    memory_mb=8192,
    system="Linux",
    kernel="6.1.0",
    architecture="x86_64",
    virtualised=True,
    fingerprint="c0ffee",
)
QUIET = Machine(
    allowed=2,
    cores=Cores((1,), (0,), (0,)),
    streams=StreamCores((1, 0)),
    noise=Noise(at="start", core=1, duration_s=2.0, stolen_share=0.004, longest_gap_us=310.0),
    stolen_share=0.001,
    busy=(BusyProcess(7, "sshd", 0.02),),
    load_average=0.1,
    shared_core=False,
    governor="performance",
    turbo=False,
    quota_cores=float("inf"),
    clock="tsc",
    memory_free_mb=6_000,
    swap_used_mb=0.0,
    disk_free_mb=50_000,
    python="3.12.1",
    python_debug=False,
    tools=frozenset(TOOLS),
)
CONTROL = Control(share=0.0, cases=3, held=3, seen=0, slower=0, faster=0)
TRUSTED = Selftest(
    tests=2,
    last_at=datetime(2026, 3, 1, tzinfo=UTC),
    margin=0.01,
    half_width=0.005,
    controls=(CONTROL, CONTROL.model_copy(update={"share": 0.05, "seen": 3, "slower": 3})),
)


def noisy(share: float) -> Noise:
    return QUIET.noise.model_copy(update={"stolen_share": share})


def not_fit(diagnosis: Diagnosis) -> list[HostFinding]:
    return [found for found in diagnosis.findings if found.fitness is not Fitness.FIT]


def test_a_quiet_machine_is_fit_in_every_respect() -> None:
    found = diagnose(HOST, QUIET, TRUSTED)
    assert not not_fit(found)
    assert found.fitness is Fitness.FIT
    assert found.untold == ()
    assert not any(one.step for one in found.findings)
    assert len({one.about for one in found.findings}) == len(found.findings)


DISTURBED: list[tuple[dict[str, Any], str, Fitness, str, str]] = [
    ({"cores": Cores(None, None), "allowed": 1}, "cores", Fitness.UNFIT, "every load is INVALID", "at least two"),
    ({"shared_core": True}, "physical cores", Fitness.DISTURBS, "two threads of one", "taskset"),
    ({"noise": noisy(0.1)}, "contention", Fitness.DISTURBS, "10.0% of core 1", "stop other programs"),
    ({"noise": noisy(0.1), "stolen_share": 0.08}, "contention", Fitness.DISTURBS, "8.0% by the hyp", "another machine"),
    ({"noise": noisy(0.4)}, "contention", Fitness.UNFIT, "40.0% of core 1", "wait"),
    (
        {"busy": (BusyProcess(4711, "make [all]", 0.4), BusyProcess(7, "sshd", 0.02))},
        "other processes",
        Fitness.DISTURBS,
        "make [all] (pid 4711) 40.0%",
        "stop them",
    ),
    (
        {"busy": (BusyProcess(4711, "make", 0.9),)},
        "other processes",
        Fitness.UNFIT,
        "make (pid 4711) 90.0%",
        "stop them",
    ),
    (
        {"busy": (BusyProcess(4711, "make", 3.0),), "allowed": 16},
        "other processes",
        Fitness.DISTURBS,
        "300.0%",
        "stop them",
    ),
    ({"quota_cores": 1.5}, "CPU quota", Fitness.UNFIT, "1.5 cores", "--cpus"),
    ({"quota_cores": 4.0}, "CPU quota", Fitness.DISTURBS, "4.0 cores", "--cpus"),
    ({"governor": "powersave"}, "frequency governor", Fitness.DISTURBS, "powersave", "cpupower"),
    ({"turbo": True}, "turbo", Fitness.DISTURBS, "on", "no_turbo"),
    ({"swap_used_mb": 300.0}, "memory", Fitness.DISTURBS, "300 MB of swap", "swapoff"),
    ({"memory_free_mb": 400.0}, "memory", Fitness.UNFIT, "400 MB free", "free some"),
    ({"disk_free_mb": 1_200.0}, "disk", Fitness.DISTURBS, "1,200 MB free", "stored runs"),
    ({"disk_free_mb": 90.0}, "disk", Fitness.UNFIT, "90.0 MB free", "stored runs"),
    ({"clock": "hpet"}, "clock source", Fitness.DISTURBS, "a system call", "tsc"),
    ({"python_debug": True}, "Python", Fitness.UNFIT, "debug build", "make PYTHON"),
    ({"tools": frozenset({"wrk", "chromium"})}, "valgrind", Fitness.MISSING, "--instructions", "install"),
    ({"tools": frozenset({"valgrind", "chromium"})}, "wrk", Fitness.MISSING, "make clients", "install"),
    ({"tools": frozenset({"valgrind", "wrk"})}, "chromium", Fitness.MISSING, "skipped", "install"),
]


@pytest.mark.parametrize(("change", "about", "fitness", "seen", "step"), DISTURBED, ids=[row[1] for row in DISTURBED])
def test_what_disturbs_is_one_finding_with_what_was_seen_and_the_step(
    change: dict[str, Any], about: str, fitness: Fitness, seen: str, step: str
) -> None:
    (found,) = not_fit(diagnose(HOST, replace(QUIET, **change), TRUSTED))
    assert (found.about, found.fitness) == (about, fitness)
    assert seen.replace("90.0 MB", "90 MB") in found.seen
    assert step in found.step


@pytest.mark.parametrize(("shares", "said"), [((), False), ((0.01, 0.04), False), ((0.01, 0.3), True)])
def test_a_run_is_called_disturbed_when_others_took_much_before_or_after_it(
    shares: tuple[float, ...], said: bool
) -> None:
    assert disturbed([noisy(share) for share in shares]) is said


def test_what_a_machine_does_not_tell_is_named_and_not_judged() -> None:
    silent = replace(QUIET, governor=None, turbo=None, clock=None, stolen_share=None, shared_core=None)
    found = diagnose(HOST, silent, TRUSTED)
    assert found.untold == ("frequency governor", "turbo", "clock source")
    assert found.fitness is Fitness.FIT


def test_a_selftest_is_asked_for_quoted_and_believed_when_it_warns() -> None:
    (missing,) = not_fit(diagnose(HOST, QUIET, None))
    assert (missing.about, missing.fitness) == ("self-test", Fitness.MISSING)
    assert "bench selftest" in missing.step
    (quoted,) = [one for one in diagnose(HOST, QUIET, TRUSTED).findings if one.about == "self-test"]
    assert (
        "no false alarms in 3 unchanged cases, 3 of 3 slowed by 5.0% were detected; 99% intervals ±0.5%" in quoted.seen
    )
    alarmed = TRUSTED.model_copy(update={"controls": (CONTROL.model_copy(update={"slower": 1}), TRUSTED.controls[1])})
    blind = TRUSTED.model_copy(update={"controls": (CONTROL, CONTROL.model_copy(update={"share": 0.05, "slower": 2}))})
    none = TRUSTED.model_copy(update={"controls": (CONTROL.model_copy(update={"cases": 0}), TRUSTED.controls[1])})
    for known in (alarmed, blind, none):
        (found,) = not_fit(diagnose(HOST, QUIET, known))
        assert found.fitness is Fitness.DISTURBS


@pytest.mark.parametrize(
    ("streams", "limits", "said"),
    [
        ((1, 0), (), "cores 0 and 1"),
        ((3, 2, 1), ("core 0 is left to other programs",), "cores 1, 2 and 3; no more: core 0 is left"),
        ((1,), ("the CPU quota allows only 1.5 cores",), "core 1 only, so comparisons need about twice the time"),
        ((1,), ("the CPU quota allows only 1.5 cores",), "time of two: the CPU quota allows only 1.5 cores"),
    ],
)
def test_the_cores_that_measure_at_once_are_named_with_why_there_are_no_more(
    streams: tuple[int, ...], limits: tuple[str, ...], said: str
) -> None:
    found = diagnose(HOST, replace(QUIET, streams=StreamCores(streams, limits)), TRUSTED)
    (one,) = [one for one in found.findings if one.about == "measuring at once"]
    assert one.fitness is Fitness.FIT
    assert said in one.seen


def test_a_core_that_selftests_saw_to_be_noisy_is_named_with_what_to_do() -> None:
    quiet = CoreControl(
        core=1, blocks=40, left_out=0.0, block_sd=0.01, half_width=0.006, cases=6, held=6, unchanged=3, alarms=0
    )
    noisy = quiet.model_copy(update={"core": 0, "block_sd": 0.03})
    (found,) = not_fit(diagnose(HOST, QUIET, TRUSTED.model_copy(update={"cores": (noisy, quiet)})))
    assert (found.about, found.fitness) == ("self-test", Fitness.DISTURBS)
    assert "core 0 much noisier than the quietest" in found.seen
    assert "taskset" in found.step


@given(
    missing=st.booleans(),
    changes=st.lists(st.sampled_from([change for change, *_ in DISTURBED]), max_size=4),
)
def test_a_machine_is_as_fit_as_the_worst_of_what_was_found(missing: bool, changes: list[dict[str, Any]]) -> None:
    seen = QUIET
    for change in changes:
        seen = replace(seen, **change)
    found = diagnose(HOST, seen, None if missing else TRUSTED)
    worst = {one.fitness for one in found.findings}
    expected = next((one for one in (Fitness.UNFIT, Fitness.DISTURBS) if one in worst), Fitness.FIT)
    assert found.fitness is expected
    assert all(one.step for one in not_fit(found))


def test_every_field_of_a_machine_changes_what_is_said() -> None:
    said = diagnose(HOST, QUIET, TRUSTED)
    other: dict[str, Any] = {
        "load_average": 9.0,
        "python": "3.13.0",
        "stolen_share": 0.002,
        "streams": StreamCores((1,)),
    }
    for change, *_ in DISTURBED:
        other |= change
    assert other.keys() == {field.name for field in fields(Machine)}
    assert all(diagnose(HOST, replace(QUIET, **{name: value}), TRUSTED) != said for name, value in other.items())
