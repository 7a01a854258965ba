"""Two stacks' profiles as one page: before, after, and the difference, with the functions in which it is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.difference import Difference, Function
from bench.flames import Flames
from bench.frames import LAYERS
from bench.report import page
from bench.report.difference import (
    SHOWN,
    STEPS,
    also_moved,
    fits,
    moved,
    payload,
    sentences,
    sides,
    title,
)
from bench.report.palette import layer_class
from bench.wording import listed

_SECTIONS = {
    "flames": ("difference_flames.html", "Difference"),
    "setting": ("difference_setting.html", "Stacks and host"),
}
_ASSETS = ("page.css", "difference.css", "page.js", "flame.js")


# So many functions stand above the graph, for a reader in a hurry.
_FIRST = 12


@dataclass(frozen=True)
class Shown:
    """One case as its figure shows it."""

    found: Difference
    sentences: list[str]
    functions: tuple[Function, ...]
    left_out: int
    fits: str
    payload: dict[str, Any]


def render(flames: Flames, found: Sequence[Difference]) -> str:
    """The page of what was profiled."""
    return page.render(
        "difference.html",
        _ASSETS,
        _SECTIONS,
        {
            "flames": flames,
            "harness_version": flames.harness_version,
            "title": title(flames),
            "verdicts": _verdicts(flames, found),
            "cases": [_shown(one) for one in found],
            "names": sides(flames),
            "layers": [(layer, layer_class(layer)) for layer in LAYERS],
            "steps": STEPS,
            "first": _FIRST,
            "moved": list(moved(flames)),
            "missing": missing(flames),
            "command": shlex.join(["bench", *flames.command]),
        },
    )


def missing(flames: Flames) -> list[tuple[str, str]]:
    """Case and reason of whatever has no profiles, or not all of them."""
    differ = [
        (one.case, f"the stacks answer differently: base {one.base}; head {one.head}") for one in flames.disagreements
    ]
    return differ + [(one.case, one.reason) for one in flames.absences]


def _verdicts(flames: Flames, found: Sequence[Difference]) -> list[str]:
    said = [sentence for one in found for sentence in sentences(one)] if len(found) == 1 else []
    said = said or [" ".join(sentences(one)) for one in found]
    if not flames.complete:
        said.append("It was interrupted: what was profiled by then is all here, and no more.")
    if also := also_moved(flames):
        said.append(f"Also moved, since nothing else can be resolved: {listed(also)}.")
    return said


def _shown(found: Difference) -> Shown:
    functions = found.functions[:SHOWN]
    left_out = len(found.functions) - len(functions)
    return Shown(found, sentences(found), functions, left_out, fits(found), payload(found))
