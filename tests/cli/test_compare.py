"""`bench compare` as a user meets it: real environments of two wheels whose costs are known, and its exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from checkouts import PATIENCE_S, Checkout, all_gone, offspring
from comparisons import versions_compared
from plans import write_target
from shelves import write_wheel

from bench.cli.compare import _status
from bench.cli.output import Exit
from bench.host.affinity import stream_cores
from bench.model.comparison import Comparison, Verdict
from bench.model.pair_samples import PairSample
from bench.store import documents

WORK = """
import time
word = {word!r}
def work():
    end = time.thread_time_ns() + {us}_000
    while time.thread_time_ns() < end: pass
"""


@pytest.fixture
def paced(checkout: Checkout, tmp_path: Path) -> tuple[Checkout, str, str]:
    """Two stacks that differ in how long `pace.work` takes, 200 or 300 µs, and in `pace.word`."""
    write_target(checkout.targets, "working", "import pace\npace.work()")
    write_target(checkout.targets, "idle", "")
    base, head = (
        write_pace(tmp_path, version, WORK.format(word=word, us=us))
        for version, word, us in (("1.0", b"old", 200), ("2.0", b"new", 300))
    )
    return checkout, base, head


def write_pace(folder: Path, version: str, code: str) -> str:
    return str(write_wheel(folder, "pace", version, code=code))


def run(checkout: Checkout, *words: str) -> tuple[int, str, str]:
    """Exit status, output, errors; with time to build two environments beside the budget."""
    process = checkout.start("compare", *words)
    out, err = process.communicate(timeout=4 * PATIENCE_S)
    return process.returncode, out, err


def compared(checkout: Checkout) -> Comparison:
    (folder,) = (checkout.runs.parent / "comparisons").iterdir()
    return documents.COMPARISON.load(folder)


def verdicts(found: Comparison) -> dict[str, Verdict]:
    return {one.case: one.verdict for one in found.results if one.metric == "cpu_us"}


@pytest.mark.parametrize(
    ("verdict", "valid", "strict", "status"),
    [
        (Verdict.EQUIVALENT, True, True, Exit.FINE),
        (Verdict.INCONCLUSIVE, True, False, Exit.FINE),
        (Verdict.INCONCLUSIVE, True, True, Exit.INCONCLUSIVE),
        (Verdict.INCONCLUSIVE, False, False, Exit.FINE),
        (Verdict.EQUIVALENT, False, True, Exit.INCONCLUSIVE),
        (Verdict.INCOMPARABLE, False, True, Exit.FINE),
    ],
)
def test_strict_wants_a_clear_verdict_of_each_case_that_can_be_compared(
    verdict: Verdict, valid: bool, strict: bool, status: Exit
) -> None:
    """A route that fails now and then has no valid figure, and is no unchanged one."""
    made = versions_compared()
    clear = made.results[0].model_copy(update={"verdict": Verdict.EQUIVALENT})
    other = clear.model_copy(update={"case": "other", "verdict": verdict, "valid": valid})
    found = made.model_copy(update={"results": (clear, other), "disagreements": ()})
    assert _status(found, strict) == status


@pytest.mark.measures
@pytest.mark.slow
def test_a_known_slowdown_is_found_named_and_exits_with_1(paced: tuple[Checkout, str, str], tmp_path: Path) -> None:
    checkout, base, head = paced
    status, out, err = run(checkout, base, head, "--budget", "40s", "--json", str(tmp_path / "found.json"))
    assert status == 1, err
    assert "SLOWER: 1 of 2 cases, worst working:one +" in " ".join(out.split())
    assert "pace:work changed most: +" in " ".join(out.split())
    (page,) = (checkout.runs.parent / "comparisons").glob("*/comparison.html")
    assert 'href="flames/flame.html"' in page.read_text()
    assert "pace:work" in (page.parent / "flames" / "flame.html").read_text()
    found = compared(checkout)
    assert verdicts(found)["working:one"] is Verdict.SLOWER
    assert verdicts(found)["idle:one"] is not Verdict.SLOWER
    (result,) = [one for one in found.results if one.case == "working:one" and one.metric == "cpu_us"]
    assert result.ratio == pytest.approx(1.5, rel=0.05)
    stored = json.loads((tmp_path / "found.json").read_text())
    assert {"case", "metric", "ratio", "ci_low", "ci_high", "margin", "verdict", "blocks", "valid", "reasons"} <= set(
        stored["results"][0]
    )
    assert str(tmp_path) not in (tmp_path / "found.json").read_text()
    exports = next((checkout.runs.parent / "comparisons").iterdir()) / "exports"
    assert (exports / "comment.md").read_text().startswith("**SLOWER")
    assert ET.parse(exports / "junit.xml").getroot().get("failures") == "1"  # noqa: S314  our own file


@pytest.mark.slow
@pytest.mark.measures
def test_the_same_stack_twice_is_not_slower_and_exits_with_0(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, _ = paced
    status, out, err = run(checkout, base, base, "--budget", "25s", "--case", "working*")
    assert status == 0, err
    assert "SLOWER" not in out
    assert verdicts(compared(checkout))["working:one"] in (Verdict.EQUIVALENT, Verdict.INCONCLUSIVE)


@pytest.mark.slow
def test_stacks_that_answer_differently_are_a_finding_and_not_timed(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, head = paced
    write_target(checkout.targets, "telling", "import pace\nanswer = pace.word")
    status, out, err = run(checkout, base, head, "--budget", "20s", "--case", "telling*")
    assert status == 3, err
    assert "Different responses" in out
    assert "telling:one" in out.split("Different responses")[1]
    assert "b'old'" in out
    assert "b'new'" in out
    (one,) = compared(checkout).disagreements
    assert one.case == "telling:one"


@pytest.mark.measures
@pytest.mark.slow
def test_an_app_that_one_stack_can_not_import_is_a_finding_and_the_others_are_compared(
    paced: tuple[Checkout, str, str], tmp_path: Path
) -> None:
    checkout, base, _ = paced
    broken = write_pace(tmp_path, "3.0", "raise RuntimeError('no pace')")
    status, out, err = run(checkout, base, broken, "--budget", "30s")
    assert status == 1, err
    assert "BROKEN: HEAD fails working:one" in " ".join(out.split())
    assert "working:one" in out.split("Different responses")[1]
    assert "no pace" in out
    assert verdicts(compared(checkout)).keys() == {"idle:one"}


@pytest.mark.measures
@pytest.mark.slow
def test_an_arm_that_dies_in_the_middle_costs_its_case_and_no_other(
    paced: tuple[Checkout, str, str], tmp_path: Path
) -> None:
    checkout, base, _ = paced
    dies = "import os\nleft = 500\ndef work():\n    global left\n    left -= 1\n    if left < 0: os._exit(9)\n"
    head = write_pace(tmp_path, "4.0", dies)
    status, out, err = run(checkout, base, head, "--budget", "30s")
    assert status == 0, err
    found = compared(checkout)
    (absence,) = found.absences
    assert absence.case == "working:one"
    assert "head: the agent ended with status 9" in absence.reason
    assert verdicts(found)["idle:one"] is not Verdict.SLOWER
    assert "INVALID" in out


def measured_on(folder: Path) -> set[int | None]:
    """The cores of the blocks that are kept until now; on a single one the kernel may choose."""
    cores = {one.core for one in documents.COMPARISON.load(folder).samples if isinstance(one, PairSample)}
    return {*stream_cores()} if cores == {None} else cores


@pytest.mark.slow
def test_on_one_core_a_comparison_measures_there_and_is_complete(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, head = paced
    core = min(os.sched_getaffinity(0))
    words = ("compare", base, head, "--case", "idle*", "--budget", "25s")
    process = checkout.start(*words, within=("taskset", "-c", str(core)))
    _, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode in {0, 4}, err
    found = compared(checkout)
    assert found.complete
    assert {one.core for one in found.samples if isinstance(one, PairSample)} <= {core, None}
    assert verdicts(found)["idle:one"] in {Verdict.EQUIVALENT, Verdict.INCONCLUSIVE}


@pytest.mark.slow
def test_an_interrupted_comparison_keeps_its_blocks_and_leaves_no_process(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, head = paced
    process = checkout.start("compare", base, head, "--budget", "120s")
    comparisons = checkout.runs.parent / "comparisons"
    deadline_s = time.monotonic() + 2 * PATIENCE_S
    while not any(measured_on(one) == set(stream_cores()) for one in comparisons.glob("*")):
        assert time.monotonic() < deadline_s
        time.sleep(0.2)
    children = offspring(process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert all_gone(children)
    (shown,) = re.findall(r"interrupted; results are saved: `bench (report \S+)` writes the page", err)
    assert checkout.bench(*shown.split())[0] == 0
    found = compared(checkout)
    assert any(isinstance(one, PairSample) for one in found.samples)
    assert not found.complete


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("fastapi==0.1", "fastapi==999"), "No solution found"),
        (("nowhere.lock", ""), "no such file or folder"),
        (("", "", "--margin", "3"), "write a percentage"),
        (("", "", "--budget", "soon"), "write a time"),
        (("", "", "--python", "3.11,"), "write one version"),
        (("--python", "3.11,3.12,3.13"), "takes at most two; `bench sweep python 3.11,3.12,3.13` compares more"),
        (("fastapi", "--python", "3.11"), "name BASE and HEAD, or two Pythons"),
        (("", "", "--case", "nothing*"), "nothing*"),
    ],
)
def test_what_can_not_be_compared_is_refused_with_2(here: Checkout, words: tuple[str, ...], complaint: str) -> None:
    write_target(here.targets, "idle", "")
    status, _, err = here.bench("compare", *words)
    assert (status, complaint in err) == (2, True), err
    assert "Traceback" not in err


def run_stored(checkout: Checkout, *words: str) -> str:
    """Measure a run of this checkout; its id."""
    process = checkout.start("layers", "--quick", *words)
    _, err = process.communicate(timeout=4 * PATIENCE_S)
    assert process.returncode == 0, err
    (folder,) = checkout.runs.iterdir()
    return folder.name


@pytest.mark.measures
@pytest.mark.slow
def test_a_stored_run_is_compared_and_of_another_host_its_allocations_are(paced: tuple[Checkout, str, str]) -> None:
    checkout, _, head = paced
    (checkout.targets / "working.py").unlink()
    write_target(checkout.targets, "holding", "list(range(300))")
    id_ = run_stored(checkout)
    status, out, err = run(checkout, id_, head)
    assert status == 0, err
    assert "Both sides were measured separately" in " ".join(out.split())
    stored = checkout.runs / id_ / "run.json"
    text = stored.read_text()
    fingerprint = json.loads(text)["host"]["fingerprint"]
    baseline = checkout.runs.parent / "elsewhere.json"
    baseline.write_text(text.replace(fingerprint, "0" * 16))
    status, out, err = run(checkout, str(baseline), id_)
    assert status == 0, err
    assert "No case is known to be slower" not in out
    assert "No case is slower by 3.0% or more, by allocations; 2 equivalent." in out
    assert "measured on another host" in " ".join(out.split())


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("{", "isn't JSON"), ('{"schema_version": 99}', "schema version 99")],
)
def test_a_stored_run_that_can_not_be_read_is_refused_with_2(
    here: Checkout, tmp_path: Path, content: str, complaint: str
) -> None:
    file = tmp_path / "baseline.json"
    file.write_text(content)
    status, _, err = here.bench("compare", str(file), "")
    assert (status, complaint in err, "Traceback" in err) == (2, True, False), err


def test_a_served_comparison_that_its_budget_has_no_time_for_is_refused(here: Checkout) -> None:
    for number in range(9):
        write_target(here.targets, f"case{number}", "")
    status, _, err = here.bench("compare", "", "", "--served", "--budget", "2m")
    assert status == 2
    assert "10 blocks of 9 cases take about 4 min 25 s" in err


@pytest.mark.measures
@pytest.mark.slow
def test_a_slowdown_shows_in_the_cpu_of_the_server(paced: tuple[Checkout, str, str]) -> None:
    checkout, base, head = paced
    status, out, err = run(checkout, base, head, "--served", "--case", "working*", "--budget", "150s")
    assert status == 1, err + out
    assert "server CPU time of one request under load" in out
    found = compared(checkout)
    assert {one.metric for one in found.results} >= {"server_cpu_us", "latency_p50_ms", "latency_p99_ms", "allocs"}
    (result,) = [one for one in found.results if one.metric == "server_cpu_us"]
    assert result.verdict is Verdict.SLOWER
    assert 1.2 < (result.ratio or 0) < 1.5
