"""The machine is described without its name, its cores are kept apart, and what disturbs it is seen."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.host import fingerprint
from bench.host.affinity import Cores, cores
from bench.host.noise import load_average, noise
from bench.model.environment import Host

pytestmark = pytest.mark.measures


@pytest.fixture
def affinity() -> Iterator[set[int]]:
    """The cores of this process, which it has again afterwards."""
    before = os.sched_getaffinity(0)
    yield set(before)
    os.sched_setaffinity(0, before)


@given(allowed=st.sets(st.integers(0, 255), min_size=2))
def test_what_is_measured_and_its_client_never_share_a_core(allowed: set[int]) -> None:
    with mock.patch.object(os, "sched_getaffinity", return_value=allowed):
        found = cores()
    assert found.measured is not None
    assert found.client is not None
    assert set(found.measured).isdisjoint(found.client)
    assert {*found.measured, *found.client} <= allowed


def test_one_core_is_left_to_the_kernel(affinity: set[int]) -> None:
    os.sched_setaffinity(0, {max(affinity)})
    assert cores() == Cores(None, None)


def test_two_calls_describe_the_same_host() -> None:
    assert fingerprint.describe() == fingerprint.describe()


def test_a_host_is_described_by_what_its_times_depend_on() -> None:
    found = fingerprint.describe()
    assert found.cores == len(os.sched_getaffinity(0))
    assert found.memory_mb > 0
    assert (found.system, found.kernel, found.architecture) == (
        platform.system(),
        platform.release(),
        platform.machine(),
    )
    assert found.cpu_model


def test_another_kernel_is_another_host(monkeypatch: pytest.MonkeyPatch) -> None:
    before = fingerprint.describe()
    monkeypatch.setattr(platform, "release", lambda: "0.0.1")
    after = fingerprint.describe()
    assert after.fingerprint != before.fingerprint
    assert after.model_copy(update={"kernel": before.kernel, "fingerprint": before.fingerprint}) == before


def test_a_processor_that_says_nothing_of_itself_is_known_by_its_architecture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, text in (("none", None), ("arm", "processor\t: 0\nBogoMIPS\t: 50.0\n\n")):
        if text is not None:
            (tmp_path / name).write_text(text)
        with monkeypatch.context() as patched:
            patched.setattr(fingerprint, "Path", lambda _, name=name: tmp_path / name)
            found = fingerprint.describe()
        assert (found.cpu_model, found.virtualised) == (platform.machine(), None)


DESCRIBE = "from bench.host import fingerprint; print(fingerprint.describe().model_dump_json())"


def test_a_host_by_another_name_is_the_same_and_is_not_named(root: Path) -> None:
    script = 'hostname zanzibar-7 && exec "$0" -c "$1"'
    done = subprocess.run(
        ["unshare", "--uts", "--map-root-user", "sh", "-c", script, sys.executable, DESCRIBE],
        cwd=root,
        env={"PATH": os.environ["PATH"], "USER": "zanzibar", "HOME": str(root)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"needs a host name of its own: {done.stderr.strip()}")
    assert "zanzibar" not in done.stdout
    assert Host.model_validate_json(done.stdout) == fingerprint.describe()


def test_noise_is_a_share_and_no_gap_is_longer_than_all_of_them(affinity: set[int]) -> None:
    for core in affinity:
        found = noise("start", [core], duration_s=0.05)
        assert (found.at, found.core) == ("start", core)
        assert 0 <= found.stolen_share <= 1
        assert 0 <= found.longest_gap_us <= found.stolen_share * found.duration_s * 1e6 + 1
        assert found.duration_s >= 0.05
    assert noise("end", None, duration_s=0.01).core == max(affinity)


def test_the_probe_gives_back_the_cores_that_it_took(affinity: set[int]) -> None:
    noise("start", [min(affinity)], duration_s=0.01)
    assert os.sched_getaffinity(0) == affinity
    with pytest.raises(OSError, match="Invalid argument"):
        noise("start", [100_000], duration_s=0.01)
    assert os.sched_getaffinity(0) == affinity


SPIN = """
import os, sys
os.sched_setaffinity(0, {int(sys.argv[1])})
print("spinning", flush=True)
while os.getppid() == int(sys.argv[2]):
    pass
"""


def test_a_competitor_on_the_measured_core_is_seen(affinity: set[int]) -> None:
    core = max(affinity)
    command = [sys.executable, "-c", SPIN, str(core), str(os.getpid())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as competitor:
        assert competitor.stdout is not None
        assert competitor.stdout.readline() == "spinning\n"
        found = noise("start", [core], duration_s=0.3)
        competitor.kill()
    # The kernel gives each of the two about half.
    assert found.stolen_share > 0.2
    assert found.longest_gap_us > 500


def test_the_load_average_counts_processes() -> None:
    assert load_average() >= 0
