"""A comparison for other tools: JUnit, pyperf, pytest-benchmark, Bencher, and github-action-benchmark."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np

from bench.model import Verdict
from bench.pairs import Comparison, PairSample, Result
from bench.report.change import costs_us, percent, remark, rows, within
from bench.report.change_markdown import markdown
from bench.samples import Windows
from bench.store import write_atomically

ARMS = ("base", "head")


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write every export of a comparison into `folder`, each whole or not at all; their paths. Raises StoreError."""
    files = {
        "comment.md": markdown(comparison),
        "junit.xml": junit(comparison),
        "bencher.json": _json(bencher(comparison)),
        "github-action-benchmark.json": _json(action(comparison)),
        **{f"{arm}.pyperf.json": _json(pyperf(comparison, arm)) for arm in ARMS},
        **{f"{arm}.pytest-benchmark.json": _json(pytest_benchmark(comparison, arm)) for arm in ARMS},
    }
    for name, text in files.items():
        write_atomically(folder / name, text)
    return [folder / name for name in files]


def junit(comparison: Comparison) -> str:
    """A test a case: slower is a failure, what isn't known is skipped, what couldn't be measured is an error."""
    suite = ET.Element("testsuite", name="layercake compare", timestamp=comparison.started_at.isoformat())
    counts = dict.fromkeys(("tests", "failures", "errors", "skipped"), 0)
    for row in rows(comparison):
        if row.cpu is None:
            continue
        test = ET.SubElement(suite, "testcase", classname="layercake.compare", name=_printable(row.case))
        counts["tests"] += 1
        kind = _kind(row.cpu)
        if kind:
            counts[{"failure": "failures", "error": "errors", "skipped": "skipped"}[kind]] += 1
            ET.SubElement(test, kind, message=_printable(_told(row.cpu)))
    for one in comparison.disagreements:
        test = ET.SubElement(suite, "testcase", classname="layercake.compare", name=_printable(one.case))
        ET.SubElement(test, "error", message=_printable(f"answers differ: base {one.base}; head {one.head}"))
        counts["tests"] += 1
        counts["errors"] += 1
    for name, number in counts.items():
        suite.set(name, str(number))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def bencher(comparison: Comparison) -> dict[str, Any]:
    """Bencher Metric Format: the head's cost, and the ratio with its interval."""
    return {
        one.case: {
            "cpu_us": {"value": cost},
            "cpu_ratio": {"value": one.ratio, "lower_value": one.ci_low, "upper_value": one.ci_high},
        }
        for one, cost in _costs(comparison, "head")
    }


def action(comparison: Comparison) -> list[dict[str, Any]]:
    """The custom JSON of github-action-benchmark, whose smaller values are better."""
    return [
        {"name": one.case, "unit": "µs CPU", "value": cost, "extra": f"{one.verdict}: {_told(one)}"}
        for one, cost in _costs(comparison, "head")
    ]


def pyperf(comparison: Comparison, arm: str) -> dict[str, Any]:
    """pyperf's file format 1.0: a run a block, its values the windows, in seconds of CPU."""
    made = []
    for case, samples in _by_case(comparison).items():
        runs = [
            {"metadata": {"loops": found.calls}, "values": [us / 1e6 for us in found.cpu_us]}
            for found in (_arm(sample, arm) for sample in samples)
        ]
        made.append({"metadata": {"name": case, "unit": "second"}, "runs": runs})
    return {"version": "1.0", "benchmarks": made, "metadata": {"python_version": _side(comparison, arm)}}


def pytest_benchmark(comparison: Comparison, arm: str) -> dict[str, Any]:
    """What `pytest-benchmark compare` reads: statistics over blocks, in seconds of CPU."""
    made = []
    for case, samples in _by_case(comparison).items():
        data = [float(np.median(_arm(sample, arm).cpu_us)) / 1e6 for sample in samples]
        quarters = [float(np.percentile(data, share)) for share in (25, 50, 75)]
        stats = {
            "min": min(data),
            "max": max(data),
            "mean": float(np.mean(data)),
            "stddev": float(np.std(data, ddof=1)) if len(data) > 1 else 0.0,
            "rounds": len(data),
            "iterations": _arm(samples[0], arm).calls,
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


def _costs(comparison: Comparison, arm: str) -> Iterator[tuple[Result, float]]:
    costs = costs_us(comparison)
    for one in comparison.results:
        if one.metric == "cpu_us" and one.ratio is not None:
            yield one, costs[one.case][ARMS.index(arm)]


def _by_case(comparison: Comparison) -> dict[str, list[PairSample]]:
    found: dict[str, list[PairSample]] = {}
    for sample in comparison.samples:
        if isinstance(sample, PairSample):
            found.setdefault(sample.case, []).append(sample)
    return found


def _arm(sample: PairSample, arm: str) -> Windows:
    return sample.base if arm == "base" else sample.head


def _side(comparison: Comparison, arm: str) -> str:
    return (comparison.base if arm == "base" else comparison.head).stack.python


def _kind(result: Result) -> str | None:
    if result.verdict is Verdict.SLOWER:
        return "failure"
    if not result.valid:
        return "error"
    return "skipped" if result.verdict in (Verdict.INCONCLUSIVE, Verdict.INCOMPARABLE) else None


def _told(result: Result) -> str:
    measured = f"{percent(result)} ({within(result)})" if result.ratio is not None else ""
    return "; ".join(filter(None, (measured, remark(result))))


def _printable(text: str) -> str:
    """Without the characters that XML can't hold."""
    return "".join(one if one.isprintable() else " " for one in text)


def _json(content: Any) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
