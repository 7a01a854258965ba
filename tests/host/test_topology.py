"""Which cores are threads of one, which are the fastest, and what a quota allows, as a kernel tells it."""

from __future__ import annotations

import math
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kernel import CPUS, write

from bench.host import affinity, topology
from bench.host.topology import fastest, one_thread_each, quota_cores


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({}, math.inf),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/cpu.max": "max 100000"}, math.inf),
        ({"proc/self/cgroup": "0::/a/b", "sys/fs/cgroup/a/b/cpu.max": "150000 100000"}, 1.5),
        ({"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "400000 100000"}, 4.0),
        (
            {
                "proc/self/cgroup": "0::/a/b",
                "sys/fs/cgroup/a/b/cpu.max": "300000 100000",
                "sys/fs/cgroup/a/cpu.max": "200000 100000",
            },
            2.0,
        ),
        (
            {
                "proc/self/cgroup": "4:memory:/m\n3:cpu,cpuacct:/box",
                "sys/fs/cgroup/cpu/box/cpu.cfs_quota_us": "50000",
                "sys/fs/cgroup/cpu/box/cpu.cfs_period_us": "100000",
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            0.5,
        ),
    ],
    ids=["nothing told", "no limit", "a limit", "of all", "of a group above", "version 1"],
)
def test_a_quota_is_the_least_of_the_groups_that_a_process_is_in(
    tmp_path: Path, files: dict[str, str], cores: float
) -> None:
    assert quota_cores(write(tmp_path, files)) == cores


@given(numbers=st.sets(st.integers(0, 300), min_size=1))
def test_a_list_of_cores_is_read_as_the_kernel_writes_it(numbers: set[int]) -> None:
    assert topology.numbers(",".join(map(str, sorted(numbers)))) == numbers
    assert topology.numbers(f"{min(numbers)}-{max(numbers)}") == set(range(min(numbers), max(numbers) + 1))


def siblings(*groups: tuple[int, ...]) -> dict[str, str]:
    return {
        f"{CPUS}/cpu{core}/topology/thread_siblings_list": ",".join(map(str, group))
        for group in groups
        for core in group
    }


def test_of_two_threads_of_a_core_one_is_taken(tmp_path: Path) -> None:
    root = write(tmp_path, siblings((0, 2), (1, 3)))
    assert one_thread_each(root, [0, 1, 2, 3]) == [2, 3]
    assert one_thread_each(root, [0, 1]) == [0, 1]


def test_where_the_kernel_does_not_tell_every_core_is_one_of_its_own(tmp_path: Path) -> None:
    assert one_thread_each(tmp_path, [0, 1]) == [0, 1]
    assert fastest(tmp_path, [0, 1]) == [0, 1]


@pytest.mark.parametrize("file", ["cpu_capacity", "cpufreq/cpuinfo_max_freq"])
def test_slow_cores_of_a_machine_that_has_fast_ones_are_left_out(tmp_path: Path, file: str) -> None:
    speeds = {0: 1000, 1: 990, 2: 700, 3: 700}
    root = write(tmp_path, {f"{CPUS}/cpu{core}/{file}": str(speed) for core, speed in speeds.items()})
    assert fastest(root, speeds) == [0, 1]


@pytest.mark.parametrize(
    ("allowed", "groups", "quota", "cores"),
    [
        ({3}, (), None, (3,)),
        ({0, 1}, (), None, (1, 0)),
        ({0, 1}, ((0, 1),), None, (1,)),
        ({0, 1, 2}, (), None, (2, 1)),
        ({0, 2, 5, 6}, (), None, (6, 5, 2)),  # 1, 3 and 4 are offline
        (set(range(8)), ((0, 4), (1, 5), (2, 6), (3, 7)), None, (7, 6, 5)),
        (set(range(64)), (), None, tuple(range(63, 55, -1))),
        ({0, 1}, (), "150000 100000", (1,)),
        ({0, 1, 2, 3}, (), "200000 100000", (3, 2)),
        ({0, 1}, (), "50000 100000", (1,)),
    ],
    ids=[
        "one", "two", "one of two threads", "three", "some offline", "pairs of threads", "many", "quota", "two of four",
        "half a core",
    ],
)  # fmt: skip
def test_as_many_streams_as_undisturbed_cores_and_never_none(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    allowed: set[int],
    groups: tuple[tuple[int, ...], ...],
    quota: str | None,
    cores: tuple[int, ...],
) -> None:
    files = siblings(*groups)
    if quota:
        files |= {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": quota}
    monkeypatch.setattr(affinity.os, "sched_getaffinity", lambda _: allowed)
    assert affinity.stream_cores(write(tmp_path, files)) == cores


@pytest.mark.parametrize(
    ("allowed", "groups", "expected"),
    [
        ({5}, (), affinity.Cores(None, None)),
        ({0, 1}, (), affinity.Cores((1,), (0,), (0,))),
        ({0, 1}, ((0, 1),), affinity.Cores((1,), (0,), (0,))),
        ({0, 1, 2, 3}, ((0, 1), (2, 3)), affinity.Cores((3,), (1,), (0,))),
        ({0, 1, 2, 3}, (), affinity.Cores((3,), (2,), (1,))),
    ],
    ids=["one", "two", "two threads of one", "pairs of threads", "four"],
)
def test_the_client_is_not_the_measured_core_s_other_thread_if_that_can_be(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    allowed: set[int],
    groups: tuple[tuple[int, ...], ...],
    expected: affinity.Cores,
) -> None:
    monkeypatch.setattr(affinity.os, "sched_getaffinity", lambda _: allowed)
    assert affinity.cores(root=write(tmp_path, siblings(*groups))) == expected


@pytest.mark.parametrize(
    ("groups", "slow", "server"),
    [
        ((), (), (5, 0, 1)),
        (((0, 3), (1, 4), (2, 5)), (), (5,)),  # the client and the database have the two other physical cores
        ((), (0, 2), (5, 1)),
    ],
    ids=["cores of their own", "threads of the client's and the database's core", "slow cores"],
)
def test_workers_get_no_thread_of_another_s_core_and_no_slow_core(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    groups: tuple[tuple[int, ...], ...],
    slow: tuple[int, ...],
    server: tuple[int, ...],
) -> None:
    speeds = {f"{CPUS}/cpu{core}/cpu_capacity": "500" if core in slow else "1024" for core in range(6)}
    monkeypatch.setattr(affinity.os, "sched_getaffinity", lambda _: set(range(6)))
    assert affinity.cores(root=write(tmp_path, siblings(*groups) | speeds), workers=3).server == server


def test_no_more_streams_than_fit_into_half_of_the_free_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(affinity.os, "sched_getaffinity", lambda _: set(range(6)))
    monkeypatch.setattr(affinity.psutil, "virtual_memory", lambda: SimpleNamespace(available=4e9))
    streams = {mb: len(affinity.stream_cores(tmp_path, mb)) for mb in (0.0, 300.0, 900.0, 50_000.0)}
    assert streams == {0.0: 5, 300.0: 5, 900.0: 2, 50_000.0: 1}
    assert affinity.streams(tmp_path, 900.0).limits[-1] == "free memory is enough for only 2 at once"


@pytest.mark.parametrize(
    ("online", "allowed", "files", "said"),
    [
        ("0", {0}, {}, ["the machine has only one core"]),
        ("0-1", {0, 1}, {}, []),
        ("0-1", {0}, {}, ["the affinity (`taskset` or cpuset) allows only 1 of 2 cores"]),
        ("0-1", {0, 1}, siblings((0, 1)), ["second threads of physical cores (1) are not used"]),
        ("0-2", {0, 1, 2}, {}, ["core 0 is left to other programs"]),
        (
            "0-1",
            {0, 1},
            {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "150000 100000"},
            ["the CPU quota allows only 1.5 cores"],
        ),
        ("0-63", set(range(64)), {}, ["core 0 is left to other programs", "no more than 8 cores can be kept busy"]),
        (
            "0-3",
            {0, 1, 2, 3},
            {f"{CPUS}/cpu{core}/cpu_capacity": str(speed) for core, speed in enumerate((1024, 1024, 500, 500))},
            ["cores of a slower kind (2) are not used"],
        ),
        (
            "0-7",
            set(range(6)),
            {"proc/self/cgroup": "0::/", "sys/fs/cgroup/cpu.max": "200000 100000"},
            [
                "the affinity (`taskset` or cpuset) allows only 6 of 8 cores",
                "core 0 is left to other programs",
                "the CPU quota allows only 2 cores",
            ],
        ),
    ],
)
def test_what_keeps_more_cores_from_measuring_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    online: str,
    allowed: set[int],
    files: dict[str, str],
    said: list[str],
) -> None:
    monkeypatch.setattr(affinity.os, "sched_getaffinity", lambda _: allowed)
    root = write(tmp_path, files | {f"{CPUS}/online": online})
    assert list(affinity.streams(root).limits) == said


@pytest.mark.parametrize(
    ("allowed", "pairs"),
    [({0, 1}, {}), ({0, 1, 2, 3}, {}), (set(range(5)), {4: 3, 2: 1}), (set(range(6)), {5: 4, 3: 2})],
    ids=["two", "four", "five", "six"],
)
def test_pairs_are_of_cores_that_nobody_else_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: set[int], pairs: dict[int, int]
) -> None:
    monkeypatch.setattr(affinity.os, "sched_getaffinity", lambda _: allowed)
    assert affinity.core_pairs(tmp_path) == pairs
