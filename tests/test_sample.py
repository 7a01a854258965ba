"""The committed run is a real one that can be read, believed and rendered, and so is every baseline."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.analysis.comparison import verdicts as analysis
from bench.analysis.run.figures import Memory, Summary
from bench.analysis.run.summary import summarise
from bench.claims.claim import ClaimVerdict
from bench.claims.judge import judge
from bench.model.comparison import Verdict as Verdicts
from bench.model.run import AllocationSample, ProfileSample
from bench.report.words.run import ADDITIVE, worst_residual
from bench.store import documents
from bench.store.stacks import load_profiles
from tests.pages import run_page

# The kernel decides how many reads an answer of theirs takes.
ASKING_A_DATABASE = ("service_", "export_", "health_")
# What starts tasks or threads by AnyIO differs by a few allocations from launch to launch.
BY_TASKS = (
    *("csv_rows", "csv_stream", "auth_base", "deps_one_def", "fastapi_def", "request_id_base"),
    *(f"stream_{kind}:" for kind in ("starlette", "fastapi", "by_hand", "jsonl", "sse")),
)
RESULTS = Path(__file__).parents[1] / "results"


def test_the_sample_makes_sense() -> None:
    summary = summarise(documents.RUN.load(RESULTS / "sample"))
    cpu_us = {
        id_: case.timing.value.cpu_us.mean for id_, case in summary.cases.items() if case.timing.value is not None
    }
    chain = ["raw_asgi", "starlette_plain", "fastapi_plain", "fastapi_response_model"]
    costs = [cpu_us[f"{target}:rows100"] for target in chain]
    assert costs == sorted(costs)
    worst = worst_residual(summary)
    assert worst is not None
    assert abs(worst.residual_share) <= ADDITIVE
    for whole, streamed in (
        ("csv_full:export", "csv_stream:export"),
        ("export_string:export50", "export_cursor:export50"),
    ):
        assert memory(summary, streamed).peak_mb.mean < memory(summary, whole).peak_mb.mean / 20
    counted = {id_: case.allocations.value for id_, case in summary.cases.items() if case.allocations.value}
    assert all(found.agree for id_, found in counted.items() if not id_.startswith((*ASKING_A_DATABASE, *BY_TASKS)))
    counts: dict[str, list[float]] = {}
    for sample in summary.run.samples:
        if isinstance(sample, AllocationSample) and sample.case.startswith(BY_TASKS):
            counts.setdefault(sample.case, []).append(sample.allocs / sample.requests)
    assert all(max(found) - min(found) < 1 + 1e-3 * min(found) for found in counts.values())
    assert not summary.holes


def memory(summary: Summary, case: str) -> Memory:
    found = summary.cases[case].memory.value
    assert found is not None
    return found


def test_the_sample_renders_with_its_flame_graphs() -> None:
    run = documents.RUN.load(RESULTS / "sample")
    profiles = load_profiles(run, RESULTS / "sample")
    taken = [sample.where for sample in run.samples if isinstance(sample, ProfileSample)]
    assert len(profiles) == len(taken)
    assert taken.count("in process") == taken.count("served") == 5
    page = run_page(run, profiles)
    assert len(page.encode()) < 3_000_000
    assert "http://" not in page.replace("http://www.w3.org/", "")


def test_the_sample_comparison_found_the_release_that_writes_json_in_rust_and_nothing_else() -> None:
    found = documents.COMPARISON.load(RESULTS / "sample" / "comparison")
    verdicts = {one.case: one.verdict for one in found.results if one.metric == found.gate}
    faster = {case for case, verdict in verdicts.items() if verdict is not Verdicts.EQUIVALENT}
    assert faster == {"fastapi_response_model:rows100", "fastapi_response_model:rows1000"}
    assert {verdicts[case] for case in faster} == {Verdicts.FASTER}
    assert found.results == analysis.results(found)
    assert (found.complete, found.absences, found.disagreements) == (True, (), ())


def test_the_newest_stack_and_an_older_one_differ_in_what_changed_between_them() -> None:
    """FastAPI 0.130 writes a response model's JSON in Rust, 0.131 deprecates ORJSONResponse; the fields were always
    stripped."""
    verdicts = {
        version: {claim.name: claim.verdict for claim in judge(summarise(documents.RUN.load(baseline(version))))}
        for version in ("0.115.12", "0.165.0")
    }
    changed = ("a_response_model_writes_json_in_rust", "orjson_response_is_deprecated")
    assert [verdicts["0.115.12"][name] for name in changed] == [ClaimVerdict.REFUTED] * 2
    assert [verdicts["0.165.0"][name] for name in changed] == [ClaimVerdict.HOLDS] * 2
    assert {found["response_model_strips_fields"] for found in verdicts.values()} == {ClaimVerdict.HOLDS}


def baseline(version: str) -> Path:
    return RESULTS / "baselines" / f"fastapi-{version}.json"


@pytest.mark.parametrize("baseline", sorted((RESULTS / "baselines").glob("*.json")), ids=lambda path: path.stem)
def test_every_baseline_can_be_read(baseline: Path) -> None:
    assert documents.RUN.load(baseline).complete
