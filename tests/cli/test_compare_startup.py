"""`bench compare --startup` as a user meets it: words that don't go together, and wheels whose imports are known."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from checkouts import PATIENCE_S, Checkout
from factories import synthetic_run
from plans import write_target
from shelves import write_wheel
from typer.testing import CliRunner

from bench.cli.main import app
from bench.model.comparison import Comparison, Metric, Verdict
from bench.model.errors import UsageError
from bench.model.pair_samples import StartupPair
from bench.store import documents

IMPORTED = """
import time
end = time.thread_time_ns() + {ms}_000_000
while time.thread_time_ns() < end: pass
held = bytearray(b"x" * {held})
"""


@pytest.mark.parametrize(
    "words",
    [("--served",), ("--instructions",), ("--served", "--instructions")],
    ids=["served", "instructions", "both"],
)
def test_a_start_is_neither_served_nor_counted(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.measure.instructions.available", lambda: True)
    done = CliRunner().invoke(app, ["compare", "fastapi==0.1", "fastapi==0.2", "--startup", *words])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception).startswith("--startup can't be combined with")


@pytest.mark.parametrize("verb", [("sweep", "fastapi", ">=0.1"), ("bisect", "fastapi", "0.1", "0.2", "--case", "a")])
def test_a_series_by_a_metric_that_there_is_not_names_those_that_there_are(verb: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, [*verb, "--metric", "speed"])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == "--metric speed: write cpu_us, server_cpu_us, startup_cpu_ms or rest_mb"


def test_a_python_has_no_effect_on_two_stored_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.cli.compare._stored", lambda *_: synthetic_run())
    done = CliRunner().invoke(app, ["compare", "run.json", "--python", "3.11,3.14"])
    assert isinstance(done.exception, UsageError)
    assert str(done.exception) == "--python has no effect on stored runs; give requirements for a stack"


@pytest.fixture
def paced(checkout: Checkout, tmp_path: Path) -> tuple[Checkout, str, str]:
    """Two stacks that differ in what importing `pace` takes and holds."""
    write_target(checkout.targets, "working", "")
    file = checkout.targets / "working.py"
    file.write_text(f"import pace\n{file.read_text()}")
    base, head = (
        str(write_wheel(tmp_path, "pace", version, code=IMPORTED.format(ms=ms, held=held)))
        for version, ms, held in (("1.0", 60, 10_000_000), ("2.0", 120, 40_000_000))
    )
    return checkout, base, head


def run(checkout: Checkout, *words: str) -> tuple[int, str, Comparison]:
    """Exit status, output, and what is kept."""
    process = checkout.start("compare", *words, "--startup")
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    (folder,) = (checkout.runs.parent / "comparisons").iterdir()
    return process.returncode, f"{out}{err}", documents.COMPARISON.load(folder)


def verdicts(found: Comparison) -> dict[Metric, Verdict]:
    return {one.metric: one.verdict for one in found.results if one.metric in found.judged}


@pytest.mark.slow
@pytest.mark.measures
def test_a_slower_start_that_holds_more_is_found_by_both_metrics_and_exits_with_1(
    paced: tuple[Checkout, str, str], tmp_path: Path
) -> None:
    checkout, base, head = paced
    status, out, found = run(checkout, base, head, "--budget", "40s", "--json", str(tmp_path / "found.json"))
    assert status == 1, out
    said = " ".join(out.split())
    assert "SLOWER: working +" in said
    assert "LARGER: working +" in said
    assert verdicts(found) == {"startup_cpu_ms": Verdict.SLOWER, "rest_mb": Verdict.SLOWER}
    assert {one.kind for one in found.samples} == {"startup"}
    stored = json.loads((tmp_path / "found.json").read_text())
    assert stored["gate"] == "startup_cpu_ms"
    exports = next((checkout.runs.parent / "comparisons").iterdir()) / "exports"
    assert ET.parse(exports / "junit.xml").getroot().get("failures") == "2"  # noqa: S314  our own file


@pytest.mark.slow
@pytest.mark.measures
def test_the_same_stack_twice_is_neither_slower_nor_larger_and_exits_with_0(
    paced: tuple[Checkout, str, str],
) -> None:
    checkout, base, _ = paced
    status, out, found = run(checkout, base, base, "--budget", "25s")
    assert status == 0, out
    assert not set(verdicts(found).values()) & {Verdict.SLOWER, Verdict.FASTER}


@pytest.mark.slow
def test_an_app_that_does_not_start_on_the_head_is_broken_and_exits_with_1(
    paced: tuple[Checkout, str, str], tmp_path: Path
) -> None:
    checkout, base, _ = paced
    broken = str(write_wheel(tmp_path, "pace", "3.0", code="raise RuntimeError('no pace')"))
    status, out, found = run(checkout, base, broken, "--budget", "10s")
    assert status == 1, out
    assert "BROKEN: HEAD fails working" in " ".join(out.split())
    assert "no pace" in out
    assert not [one for one in found.samples if isinstance(one, StartupPair)]
