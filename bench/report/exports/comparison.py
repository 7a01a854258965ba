"""A comparison for other tools: JUnit, pyperf, pytest-benchmark, Bencher, and github-action-benchmark."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from bench.analysis.comparison.launches import ARMS, costs, launches
from bench.analysis.comparison.startup_blocks import Arm
from bench.model.comparison import OF_A_START, Comparison, Metric, PrimaryMetric, Result, Verdict
from bench.report.documents.comparison import document
from bench.report.exports.junit import TestCase, Trouble, suite
from bench.report.renderers.markdown import markdown
from bench.report.words.comparison import percent, rows, within
from bench.report.words.metrics import LABELS, unlike
from bench.store.files import write_files
from bench.text.verdicts import said_of

_UNITS: dict[Metric, str] = {
    "cpu_us": "µs CPU",
    "server_cpu_us": "µs CPU",
    "startup_cpu_ms": "ms CPU",
    "rest_mb": "MB",
}
"""Of what has a cost by itself."""


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write every export of a comparison into `folder`, each whole or not at all; their paths. Raises StoreError."""
    files = {
        "comment.md": markdown(document(comparison)),
        "junit.xml": junit(comparison),
        "bencher.json": _json(bencher(comparison)),
        "github-action-benchmark.json": _json(action(comparison)),
        **{f"{arm}.pyperf.json": _json(pyperf(comparison, arm)) for arm in ARMS},
        **{f"{arm}.pytest-benchmark.json": _json(pytest_benchmark(comparison, arm)) for arm in ARMS},
    }
    return write_files(folder, files)


def junit(comparison: Comparison) -> str:
    """A test a case: slower is a failure, what isn't known is skipped, what couldn't be measured is an error."""
    decided = [
        TestCase(row.name, kind, _sentence(row.decisive) if kind else "")
        for row in rows(comparison)
        if row.decisive is not None
        for kind in (_kind(row.decisive),)
    ]
    different = [
        TestCase(one.case, "error", f"{unlike(comparison)}: base {one.base}; head {one.head}")
        for one in comparison.disagreements
    ]
    return suite("compare", comparison.started_at, [*decided, *different])


def bencher(comparison: Comparison) -> dict[str, Any]:
    """Bencher Metric Format: what the head costs, and every metric's ratio with its interval."""
    known = _costs(comparison)
    found: dict[str, dict[str, dict[str, float | None]]] = {}
    for one in comparison.results:
        if one.ratio is None:
            continue
        measures = found.setdefault(one.case, {})
        measures[f"{one.metric}_ratio"] = {"value": one.ratio, "lower_value": one.ci_low, "upper_value": one.ci_high}
        if (cost := known.get((one.case, one.metric))) is not None:
            measures[one.metric] = {"value": cost}
    return found


def _costs(comparison: Comparison) -> dict[tuple[str, Metric], float]:
    """What the head costs: CPU time, and of starts the memory too."""
    metrics: tuple[PrimaryMetric, ...] = OF_A_START if comparison.gate in OF_A_START else ("cpu_us", "server_cpu_us")
    return {(case, metric): cost for metric in metrics for case, cost in costs(comparison, "head", metric).items()}


def action(comparison: Comparison) -> list[dict[str, Any]]:
    """The custom JSON of github-action-benchmark, whose smaller values are better."""
    known, several = _costs(comparison), len(comparison.judged) > 1
    return [
        {
            "name": f"{one.case} ({LABELS[one.metric]})" if several else one.case,
            "unit": _UNITS[one.metric],
            "value": known[one.case, one.metric],
            "extra": f"{said_of(one.verdict, one.metric)}: {_sentence(one)}",
        }
        for one in comparison.results
        if one.metric in _UNITS and one.ratio is not None and (one.case, one.metric) in known
    ]


def pyperf(comparison: Comparison, arm: Arm) -> dict[str, Any]:
    """pyperf's file format 1.0: a run a launch, its values the windows, in seconds of CPU."""
    made = []
    for case, found in launches(comparison, arm).items():
        runs = [{"metadata": {"loops": one.calls}, "values": [us / 1e6 for us in one.cpu_us]} for one in found]
        made.append({"metadata": {"name": case, "unit": "second"}, "runs": runs})
    return {"version": "1.0", "benchmarks": made, "metadata": {"python_version": _side(comparison, arm)}}


def pytest_benchmark(comparison: Comparison, arm: Arm) -> dict[str, Any]:
    """What `pytest-benchmark compare` reads: statistics over launches, in seconds of CPU."""
    made = []
    for case, found in launches(comparison, arm).items():
        data = [float(np.median(one.cpu_us)) / 1e6 for one in found]
        quarters = [float(np.percentile(data, share)) for share in (25, 50, 75)]
        stats = {
            "min": min(data),
            "max": max(data),
            "mean": float(np.mean(data)),
            "stddev": float(np.std(data, ddof=1)) if len(data) > 1 else 0.0,
            "rounds": len(data),
            "iterations": found[0].calls,
            "median": quarters[1],
            "q1": quarters[0],
            "q3": quarters[2],
            "iqr": quarters[2] - quarters[0],
            "ops": 1 / float(np.mean(data)),
            "data": data,
        }
        made.append({"group": None, "name": case, "fullname": case, "params": None, "param": None, "stats": stats})
    return {
        "machine_info": {"python_version": _side(comparison, arm), "cpu": {"brand_raw": comparison.host.cpu_model}},
        "commit_info": {"id": comparison.commit, "dirty": comparison.dirty},
        "benchmarks": made,
        "datetime": comparison.started_at.isoformat(),
        "version": "5.1.0",
    }


def _side(comparison: Comparison, arm: Arm) -> str:
    return (comparison.base if arm == "base" else comparison.head).stack.python


def _kind(result: Result) -> Trouble | None:
    if result.verdict is Verdict.SLOWER:
        return "failure"
    if not result.valid and result.verdict is not Verdict.INCOMPARABLE:
        return "error"
    return "skipped" if result.verdict in (Verdict.INCONCLUSIVE, Verdict.INCOMPARABLE) else None


def _sentence(result: Result) -> str:
    measured = f"{percent(result)} ({within(result)})" if result.ratio is not None else ""
    return "; ".join(filter(None, (measured, *result.reasons)))


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
