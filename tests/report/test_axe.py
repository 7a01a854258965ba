"""Every page through axe: nothing that it calls serious or critical, in either look, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import AnswerMismatch
from bench.model.heap import Heaps, HeapSample
from bench.model.run import MissingSample
from bench.profiles.diff import difference
from bench.report.documents import audit as documents_audit
from bench.report.documents import comparison as documents_comparison
from bench.report.documents import heap, index, profile_diff, sweep
from bench.report.documents import record as documents_record
from bench.report.publish import graphs
from bench.report.renderers.html import page
from bench.report.words.diff_case import of_time
from bench.report.words.diff_kinds import TIME
from bench.report.words.heap import of
from bench.report.words.sweep import swept
from bench.store import documents
from bench.store.stacks import load_profiles
from bench.workspace import Results
from tests.audits import sample_audit, sample_figures
from tests.boundaries import FILES, boundary_run, folded_of
from tests.comparisons import comparison, measured, versions_compared
from tests.factories import synthetic_run
from tests.folded import synthetic_profiles
from tests.opened import DESKTOP, PHONE, Look, opening
from tests.pages import run_page
from tests.profile_runs import BASE, HEAD, flames, launches, profile_pairs
from tests.records import fastapi
from tests.sweeps import swept_all

FAULTS = ("serious", "critical")
# Rows, items and marks that are built as one before them in the same list have the same faults: half of all elements.
LEAVE_ONE_OF_EACH_KIND = """() => {
  const built = one => [one, ...one.querySelectorAll("*")].map(each => [each.tagName, each.getAttribute("class"),
    each.getAttribute("role"), each.hasAttribute("aria-label"), each.textContent.trim() === ""]).join();
  for (const list of document.querySelectorAll("main :is(tbody, ul, ol, svg, g)")) {
    const known = new Set();
    for (const one of [...list.children]) { const kind = built(one); known.has(kind) ? one.remove() : known.add(kind); }
  }
}"""


def synthetic_page(folder: Path) -> str:
    run = synthetic_run()
    return run_page(run, synthetic_profiles(run))


def sample_page(folder: Path) -> str:
    sample = Path(__file__).parents[2] / "results" / "sample"
    run = documents.RUN.load(sample)
    return run_page(run, load_profiles(run, sample))


def attribution_page(folder: Path) -> str:
    return run_page(boundary_run("fastapi_response_model:rows100"), {FILES["served"]: folded_of({"fastapi": 1})})


def comparison_page(folder: Path) -> str:
    ratios = {"slow": 1.4, "quick": 0.5, "same": 1.0}
    samples = (
        one for name, ratio in ratios.items() for one in measured(name, ratio, {"pilot": 12, "confirmation": 12})
    )
    made = comparison(*ratios, "broken", "other").model_copy(
        update={
            "samples": tuple(samples),
            "disagreements": (AnswerMismatch(case="other:one", base="answers 200", head="answers 404"),),
            "absences": (MissingSample(case="broken:one", during="timing", kind="invalid", reason="it fell over"),),
        }
    )
    return page(documents_comparison.document(made.model_copy(update={"results": analysis.results(made)})))


def versions_page(folder: Path) -> str:
    return page(documents_comparison.document(versions_compared(), "flames/flame.html"))


def audit_page(folder: Path) -> str:
    return page(documents_audit.document(sample_audit(), sample_figures(), {"GET /v1/info": "flame.html"}))


def index_page(folder: Path) -> str:
    run = synthetic_run()
    few = run.model_copy(update={"samples": tuple(one for one in run.samples if one.kind == "timing")})
    for hour in (8, 9):
        documents.RUN.save(few.model_copy(update={"id": f"20260301T{hour:02}0000Z-default-a"}), folder / "runs")
    documents.COMPARISON.save(comparison("a"), folder / "comparisons")
    return page(index.document(Results(folder)))


def difference_page(folder: Path) -> str:
    found = difference("a:b", launches(BASE), launches(HEAD))
    seen = flames(profile_pairs())
    return page(profile_diff.document(seen, of_time(seen, [found]), TIME))


def heap_page(folder: Path) -> str:
    run, sample = synthetic_run(), HeapSample(
        case="greedy:one",
        hash_seed=3,
        body_bytes=10,
        peak_bytes=1_000_000,
        peak_file="peak.folded",
        allocs={"handler": 12.0},
        alloc_bytes={"handler": 900_000.0},
    )  # fmt: skip
    (folder / "peak.folded").write_text("run:a;targets.greedy:get;targets.greedy:get:42 900000\n")
    heaps = Heaps(id=run.id, harness_version="0.1.0", stack=run.stack, host=run.host, samples=(sample,))
    return page(heap.document(heaps, [of(sample, folder)]))


def sweep_page(folder: Path) -> str:
    """Steps both ways, a case that fails in a release, and one that never changes."""
    costs = {"up": (1, 1.2, 1, 1, 1, 1), "failing": (1, -1, 1, 1, 1, 1), "flat": (1, 1, 1, 1, 1, 1)}
    return page(sweep.document(swept(*swept_all(costs))))


def record_page(folder: Path) -> str:
    """Steps both ways, one that is not confirmed, a figure that isn't valid, and a flame graph."""
    return page(documents_record.document([fastapi(folder)], graphs([fastapi(folder)], folder)))


@pytest.mark.parametrize(
    "look",
    [pytest.param((DESKTOP, "light"), id="desktop"), pytest.param((PHONE, "dark"), id="phone", marks=pytest.mark.slow)],
)
@pytest.mark.parametrize(
    "made",
    [
        synthetic_page,
        pytest.param(sample_page, marks=pytest.mark.slow),  # of the same kind, and the largest
        attribution_page,
        comparison_page,
        versions_page,
        index_page,
        difference_page,
        heap_page,
        sweep_page,
        record_page,
        audit_page,
    ],
    ids=lambda made: made.__name__,
)
def test_no_serious_fault(browser: Browser, tmp_path: Path, made: Callable[[Path], str], look: Look) -> None:
    file = tmp_path / "page.html"
    file.write_text(made(tmp_path), "utf-8")
    with opening(browser, file, look) as opened:
        opened.page.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
        if look[0] == DESKTOP:  # the phone's is looked at whole, and takes twice as long
            opened.page.evaluate(LEAVE_ONE_OF_EACH_KIND)
        found = Axe().run(opened.page, options={"resultTypes": ["violations"]}).response["violations"]
        faults = [
            f"{fault['id']} ({fault['impact']}), {len(fault['nodes'])} times: {fault['nodes'][0]['html'][:200]}"
            f" {fault['nodes'][0]['failureSummary']}"
            for fault in found
            if fault["impact"] in FAULTS
        ]
        assert faults == []
        assert opened.complaints == []
