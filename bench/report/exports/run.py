"""What other tools read: folded stacks, speedscope files, latencies, claims, and the figures as CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.analysis.load.figures import Load
from bench.analysis.run.figures import Standing, Summary
from bench.analysis.run.holds import IN_PROCESS, loop_holds
from bench.analysis.run.pieces import piece_costs
from bench.analysis.run.summary import summarise
from bench.claims.judge import answer, judge
from bench.model.run import ProfileSample, Run
from bench.report.documents.run import document
from bench.report.exports import objectives
from bench.report.exports.run_metrics import exactly, of_case, of_piece
from bench.report.exports.speedscope import speedscope
from bench.report.figures.flame_graph import place
from bench.report.renderers.markdown import markdown
from bench.report.templates import anchor
from bench.report.words.server import server_words
from bench.stats.histogram import decode, deviation_ns, mean_ns, merge, percentile_steps
from bench.store.files import write_files

COLUMNS = ("case", "metric", "unit", "mean", "low", "high", "n", "standing", "reasons")


def write(run: Run, profiles: Mapping[str, str], folder: Path) -> list[Path]:
    """Write every export of a run into `folder`, each whole or not at all; their paths.

    `profiles` are folded stacks by file. Raises StoreError, and ValueError for stacks that can't be read.
    """
    summary = summarise(run)
    files = {
        "summary.csv": _csv(summary),
        "claims.json": _claims(run, summary),
        "summary.json": figures(run, summary),
        **_objectives(run, summary, profiles),
        **dict(_profiles(run, profiles)),
        **dict(_distributions(summary)),
    }
    return write_files(folder, files)


def figures(run: Run, summary: Summary) -> str:
    """Every figure of a run as JSON, in rows of `COLUMNS`, and every objective that its loads had to meet."""
    exported: dict[str, Any] = {"run": run.id, "server": server_words(run), "results": list(_rows(summary))}
    if met := [asdict(one) for one in objectives.rows(summary)]:
        exported["objectives"] = met
    return json.dumps(exported, indent=1) + "\n"


def _objectives(run: Run, summary: Summary, profiles: Mapping[str, str]) -> dict[str, str]:
    """What a CI shows of a run that had objectives to meet."""
    found = list(objectives.rows(summary))
    if not found:
        return {}
    return {"junit.xml": objectives.junit(run, found), "comment.md": markdown(document(run, profiles))}


def _csv(summary: Summary) -> str:
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(_rows(summary))
    return text.getvalue()


def _claims(run: Run, summary: Summary) -> str:
    said = {
        "run": run.id,
        "claims": [asdict(claim) for claim in judge(summary)],
        "answers": [asdict(reply) for reply in answer(summary)],
    }
    return json.dumps(said, indent=1, ensure_ascii=False) + "\n"


def _rows(summary: Summary) -> Iterator[dict[str, Any]]:
    """A row for each figure; one that is INVALID or skipped has its reasons and no number."""
    for id_, case in summary.cases.items():
        for metric, unit, estimate in of_case(case):
            yield _row(id_, metric, unit) | asdict(estimate)
        for name, why in case.server.value.missing.items() if case.server.value else ():
            yield _row(id_, f"server/{name}", "") | {"standing": Standing.UNMEASURED.value, "reasons": why}
    for cost in piece_costs(summary):
        for metric, unit, estimate in of_piece(cost):
            yield _row(cost.many.id, metric, unit) | asdict(estimate)
    for hold in loop_holds(summary.run):
        scenario = "" if hold.where == IN_PROCESS else f"{hold.where}/"
        yield _row(hold.case, f"{scenario}hold_ms", "ms") | asdict(exactly(hold.hold_ms, 1))
    for hole in summary.holes:
        for during in hole.passes:
            reasons = "; ".join(hole.reasons)
            yield _row(hole.case, during, "") | {"standing": hole.standing.value, "reasons": reasons}


def _row(case: str, metric: str, unit: str) -> dict[str, Any]:
    return dict.fromkeys(COLUMNS) | {"case": case, "metric": metric, "unit": unit, "standing": "valid"}


def _profiles(run: Run, profiles: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Folded and for speedscope; the served one of a case stands beside the one in process."""
    for sample in run.samples:
        if isinstance(sample, ProfileSample) and sample.file in profiles:
            name, folded = anchor(sample.case) + (".served" if sample.where == "served" else ""), profiles[sample.file]
            shown = speedscope(f"{sample.case}, {place(sample)}", folded, f"layercake {run.harness_version}")
            yield f"{name}.folded", folded
            yield f"{name}.speedscope.json", json.dumps(shown, separators=(",", ":")) + "\n"


def _distributions(summary: Summary) -> Iterator[tuple[str, str]]:
    for id_, case in summary.cases.items():
        for scenario, figure in case.loads.items():
            if figure.value:
                yield f"{anchor(id_)}.{anchor(scenario)}.hgrm", percentile_distribution(figure.value)


def percentile_distribution(load: Load) -> str:
    """The latencies in ms as HdrHistogram's percentile text, which its plotters read.

    Written here, because the library's own writer leaves the standard deviation in the unit of what was recorded, and
    takes a second.
    """
    merged = merge(sample.latency for sample in load.samples)
    counts = decode(merged)
    lines = [f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}", ""]
    for step in percentile_steps(merged):
        tail = f" {1 / (1 - step.share):14.2f}" if step.share < 1 else ""
        lines.append(f"{step.value_ns / 1e6:12.3f} {step.share:2.12f} {step.count:10d}{tail}")
    mean, deviation, most = mean_ns(merged) / 1e6, deviation_ns(merged) / 1e6, counts.get_max_value() / 1e6
    lines += [
        f"#[Mean    = {mean:12.3f}, StdDeviation   = {deviation:12.3f}]",
        f"#[Max     = {most:12.3f}, TotalCount     = {counts.get_total_count():12d}]",
        f"#[Buckets = {counts.bucket_count:12d}, SubBuckets     = {counts.sub_bucket_count:12d}]",
    ]
    return "\n".join(lines) + "\n"
