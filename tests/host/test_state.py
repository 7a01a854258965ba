"""What disturbs is read from where the kernel tells it; what it doesn't tell is None, and never a guess."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from pathlib import Path

import pytest
from kernel import CPUS, write

from bench.host import state
from bench.host.affinity import Cores
from bench.host.state import look


@pytest.mark.parametrize(("siblings", "shared"), [("0-1", True), ("1", False), ("1,3", False), (None, None)])
def test_two_threads_of_one_core_are_told_from_two_cores(
    tmp_path: Path, siblings: str | None, shared: bool | None
) -> None:
    if siblings is not None:
        write(tmp_path, {f"{CPUS}/cpu1/topology/thread_siblings_list": siblings})
    assert state._shared(tmp_path, Cores((1,), (0,))) is shared


@pytest.mark.parametrize(
    ("file", "text", "turbo"),
    [
        ("intel_pstate/no_turbo", "0", True),
        ("intel_pstate/no_turbo", "1", False),
        ("cpufreq/boost", "1", True),
        ("cpufreq/boost", "0", False),
        ("cpufreq/other", "1", None),
    ],
)
def test_turbo_is_read_the_right_way_round(tmp_path: Path, file: str, text: str, turbo: bool | None) -> None:
    assert state._turbo(write(tmp_path, {f"{CPUS}/{file}": text})) is turbo


@pytest.mark.measures
def test_who_is_busy_is_named_and_nobody_is_for_doing_nothing(tmp_path: Path) -> None:
    spin = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): pass"
    with subprocess.Popen([sys.executable, "-c", spin, str(os.getpid())]) as spinning:
        seen = look(tmp_path / "not" / "there", duration_s=0.4)
        spinning.kill()
    (found,) = [one for one in seen.busy if one.pid == spinning.pid]
    assert 0 < found.cores < 1.3
    assert found.name.startswith("python")
    assert os.getpid() not in {one.pid for one in seen.busy}
    assert list(seen.busy) == sorted(seen.busy, key=lambda one: -one.cores)


def test_this_machine_is_looked_at_without_a_word_that_it_did_not_say(tmp_path: Path) -> None:
    seen = look(tmp_path, duration_s=0.05, root=tmp_path)
    assert (seen.governor, seen.turbo, seen.clock, seen.quota_cores) == (None, None, None, math.inf)
    assert seen.allowed == len(os.sched_getaffinity(0))
    assert min(seen.memory_free_mb, seen.disk_free_mb) > 0
    assert not seen.python_debug
    assert seen.tools <= set(state.TOOLS)
