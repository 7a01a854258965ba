"""`bench compare` where what it measured can't be written: said, the rest kept, and no process left."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from checkouts import PATIENCE_S, Checkout, all_gone, offspring
from plans import write_target

from bench.model.pair_samples import PairSample
from bench.stats.two_stage import FEWEST
from bench.store import documents

Disk = Callable[[str], Path]


@pytest.fixture
def disk(checkout: Checkout) -> Iterator[Disk]:
    """Puts a disk of so many bytes where results are kept."""
    results = checkout.folder / "results"
    with ExitStack() as mounted:

        def mount(size: str) -> Path:
            results.mkdir()
            words = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(results)]
            if os.geteuid() or subprocess.run(words, check=False, capture_output=True).returncode:
                pytest.skip("needs the right to mount a tmpfs")
            mounted.callback(subprocess.run, ["umount", str(results)], check=True)
            return results

        yield mount


def fill(folder: Path) -> None:
    """Take every page that is left."""
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


@pytest.mark.slow
def test_a_disk_that_fills_keeps_the_last_whole_file_and_leaves_no_process(checkout: Checkout, disk: Disk) -> None:
    results = disk("4m")
    write_target(checkout.targets, "idle", "")
    process = checkout.start("compare", "", "", "--budget", "100s", "--margin", "0.1%")
    deadline_s = time.monotonic() + 2 * PATIENCE_S
    while not any(file.read_text().count('"kind":"pair"') >= FEWEST for file in results.glob("*/*/comparison.json")):
        assert process.poll() is None
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
    children = offspring(process)
    fill(results)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 3, err
    (folder,) = (results / "comparisons").iterdir()
    assert f"{folder / 'comparison.json'}: can't be written (No space left on device); check free space" in err
    assert f"earlier results are saved in {folder}" in err
    assert "Traceback" not in err
    assert "idle:one" in out
    assert all_gone(children)
    kept = documents.COMPARISON.load(folder)
    assert sum(isinstance(one, PairSample) for one in kept.samples) >= FEWEST
    assert not kept.complete
    assert sorted(file.name for file in folder.iterdir()) == ["base.lock", "comparison.json", "head.lock"]


def test_a_disk_that_is_full_from_the_start_is_said_before_anything_is_measured(checkout: Checkout, disk: Disk) -> None:
    disk("4k")
    write_target(checkout.targets, "idle", "")
    status, out, err = checkout.bench("compare", "", "")
    assert status == 3
    assert "can't be written (No space left on device); check free space" in err
    assert "Traceback" not in err
    assert "first blocks" not in out


@pytest.mark.slow
def test_a_file_that_can_not_be_written_at_the_end_costs_nothing_but_itself(checkout: Checkout) -> None:
    write_target(checkout.targets, "idle", "")
    wanted = checkout.targets / "idle.py" / "found.json"
    status, out, err = checkout.bench("compare", "", "", "--budget", "10s", "--json", str(wanted))
    assert status == 3
    assert f"{wanted}: can't be written (File exists)" in err
    assert "Traceback" not in err
    assert "idle:one" in out
    (folder,) = (checkout.runs.parent / "comparisons").iterdir()
    assert documents.COMPARISON.load(folder).complete
    assert (folder / "exports" / "junit.xml").exists()
