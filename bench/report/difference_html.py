"""What differs between two stacks as one page: before, after, and the difference, with the functions in which it is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.difference import Function
from bench.frames import LAYERS
from bench.report import page
from bench.report.difference import SHOWN, STEPS, also_moved, moved, payload, sides, title
from bench.report.difference_told import Told
from bench.report.difference_words import Words
from bench.report.palette import layer_class
from bench.two_stacks import TwoStacks
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

    told: Told
    functions: tuple[Function, ...]
    left_out: int
    payload: dict[str, Any]


def render(seen: TwoStacks, told: Sequence[Told], words: Words) -> str:
    """The page of what was seen."""
    return page.render(
        "difference.html",
        _ASSETS,
        _SECTIONS,
        {
            "seen": seen,
            "words": words,
            "harness_version": seen.harness_version,
            "title": title(seen),
            "verdicts": _verdicts(seen, told),
            "cases": [_shown(one, words) for one in told],
            "names": sides(seen),
            "layers": [(layer, layer_class(layer)) for layer in LAYERS],
            "steps": STEPS,
            "first": _FIRST,
            "wide_as_base": sum(one.found.base for one in told) > sum(one.found.head for one in told),
            "moved": list(moved(seen)),
            "missing": missing(seen),
            "command": shlex.join(["bench", *seen.command]),
        },
    )


def missing(seen: TwoStacks) -> list[tuple[str, str]]:
    """Case and reason of whatever was not seen, or not in every launch."""
    differ = [
        (one.case, f"the stacks answer differently: base {one.base}; head {one.head}") for one in seen.disagreements
    ]
    return differ + [(one.case, one.reason) for one in seen.absences]


def _verdicts(seen: TwoStacks, told: Sequence[Told]) -> list[str]:
    said = list(told[0].sentences) if len(told) == 1 else [" ".join(one.sentences) for one in told]
    if not seen.complete:
        said.append("It was interrupted: what was seen by then is all here, and no more.")
    if also := also_moved(seen):
        said.append(f"Also moved, since nothing else can be resolved: {listed(also)}.")
    return said


def _shown(told: Told, words: Words) -> Shown:
    functions = told.found.functions[:SHOWN]
    return Shown(told, functions, len(told.found.functions) - len(functions), payload(told.found, words))
