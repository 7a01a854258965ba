"""A run as one page."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.claims.judge import answer, judge
from bench.figures import Summary
from bench.memory import LEAST_MB
from bench.report import page
from bench.report.cake import cakes
from bench.report.caveats import caveats
from bench.report.flame import flames
from bench.report.palette import case_classes
from bench.report.pictures import MemoryPicture, knees, latency_charts, memory_picture, served_groups
from bench.report.serialisers import serialisers
from bench.report.streaming import CANARY, streaming
from bench.report.verdicts import headline, layer_costs, scenario_in_words, verdicts
from bench.samples import LoadSample, Run
from bench.served import PERCENTILES
from bench.summary import summarise
from bench.testimony import attributions

_SECTIONS = {
    "cake": ("cake.html", "The layer cake"),
    "witnesses": ("witnesses.html", "A served request"),
    "claims": ("claims.html", "Claims"),
    "cases": ("cases.html", "Cases"),
    "load": ("load.html", "Under load"),
    "streaming": ("streaming.html", "Streaming"),
    "memory": ("memory.html", "Memory"),
    "flames": ("flames.html", "Flame graphs"),
    "validity": ("validity.html", "Validity"),
    "setting": ("setting.html", "Stack and host"),
}


# A legend of more colours than this is no help: every row says what it adds.
_LONGEST_LEGEND = 12


def render(run: Run, profiles: Mapping[str, str]) -> str:
    """The page; `profiles` are folded stacks by file. Raises ValueError for folded stacks that can't be read."""
    summary = summarise(run)
    found = _contents(summary, profiles)
    empty = {
        "cake": not found["cakes"],
        "claims": not any(claim.cases for claim in found["claims"]),
        "witnesses": not found["attributions"],
        "load": not found["loads"] and not found["knees"],
        "streaming": not found["streaming"],
        "memory": found["memory"] == MemoryPicture((), (), ()),
        "flames": not found["flames"],
    }
    sections = {anchor: section for anchor, section in _SECTIONS.items() if not empty.get(anchor)}
    return page.render("report.html", ("page.css", "page.js", "flame.js"), sections, found)


def _contents(summary: Summary, profiles: Mapping[str, str]) -> dict[str, Any]:
    """What the templates show, by name."""
    run = summary.run
    classes = case_classes(run.cases)
    first = headline(summary)
    return {
        "run": run,
        "summary": summary,
        "classes": classes,
        "title": _title(run),
        "harness_version": run.harness_version,
        "command": _command(run),
        "verdicts": verdicts(summary),
        "caveats": caveats(summary),
        "layers": layer_costs(summary),
        "cakes": cakes(summary),
        "claims": judge(summary),
        "answers": answer(summary),
        "serialisers": serialisers(summary),
        "longest_legend": _LONGEST_LEGEND,
        "targets": {case.target: case for case in run.cases},
        "percentiles": PERCENTILES,
        "chosen_flame": first.case.id if first else "",
        "scenarios": {s.scenario: scenario_in_words(s) for s in run.samples if isinstance(s, LoadSample)},
        "loads": [(c.case, name, figure) for c in summary.cases.values() for name, figure in c.loads.items()],
        "endpoints": [
            (c.case, load, name, endpoint)
            for c in summary.cases.values()
            for load in (figure.value for figure in c.loads.values() if figure.value)
            for name, endpoint in (load.endpoints.items() if len(load.endpoints) > 1 else ())
        ],
        "latency_charts": latency_charts(summary, classes),
        "knees": knees(summary),
        "served": served_groups(summary),
        "attributions": attributions(summary, profiles),
        "streaming": streaming(summary, classes),
        "memory": memory_picture(summary),
        "least_mb": LEAST_MB,
        "canary": CANARY,
        "flames": flames(summary, profiles),
    }


def _title(run: Run) -> str:
    fastapi = run.stack.packages.get("fastapi")
    return f"FastAPI {fastapi} on Python {run.stack.python}" if fastapi else f"Python {run.stack.python}"


def _command(run: Run) -> str:
    """What to type to measure this again: the packages that were asked for, as they were resolved."""
    names = [canonicalize_name(Requirement(text).name) for text in run.stack.requirements]
    pins = [f"{name}=={run.stack.packages[name]}" for name in names if name in run.stack.packages]
    python = ".".join(run.stack.python.split(".")[:2])
    asked = _without_values(run.command or ("run", *_effort(run)), ("--python", "--stack"))
    return shlex.join(["bench", *asked, "--python", python, "--stack", " ".join(pins)])


def _effort(run: Run) -> list[str]:
    return [] if run.effort == "default" else [f"--{run.effort}"]


def _without_values(words: Sequence[str], options: tuple[str, ...]) -> list[str]:
    """Words of a command less these options and what follows each."""
    kept: list[str] = []
    skip = False
    for word in words:
        if not skip and word.partition("=")[0] not in options:
            kept.append(word)
        skip = not skip and word in options
    return kept
