"""One colour for each layer, the same in every picture: a CSS class here, the values in `templates/page.css`.

Chosen in OKLCH for distance under normal vision and simulated deuteranopia, protanopia and tritanopia (Machado 2009);
a colour never stands alone: a legend, a label or a table says the same.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench.model.audit import PartKind
from bench.model.workload import Case
from bench.profiles.folded import LAYERS

EXTRAS = 8
"""Colours for what targets add beyond the layers that profiles know, given in the order of appearance."""


_PARTS: dict[PartKind, str] = {
    "server": "layer-server",
    "starlette": "layer-starlette",
    "middleware": "extra-4",
    "routing": "extra-2",
    "fastapi": "layer-fastapi",
    "dependency": "extra-0",
    "validation": "layer-pydantic",
    "handler": "layer-handler",
    "serialisation": "layer-json",
    "background": "extra-3",
    "gc": "layer-gc",
    "residual": "rest",
}


def part_class(kind: PartKind) -> str:
    """The class of a part of somebody's own app: those of a kind look the same, their names tell them apart."""
    return _PARTS[kind]


def layer_class(layer: str) -> str:
    """The class of a profile's layer."""
    return f"layer-{layer}"


def layer_name(layer: str) -> str:
    """What a legend calls it: what profiles have of the kernel is a loop that waits there."""
    return "idle" if layer == "kernel" else layer


def case_classes(cases: Iterable[Case]) -> dict[str, str]:
    """The class for what each target adds, by its name: a known layer's (`FastAPI` is fastapi), or the next extra.

    What a root target is, is no layer over anything: it is grey.
    """
    classes: dict[str, str] = {}
    extras = 0
    for case in cases:
        if case.adds in classes:
            continue
        if case.over is None:
            classes[case.adds] = "root"
        elif case.adds.lower() in LAYERS:
            classes[case.adds] = layer_class(case.adds.lower())
        else:
            classes[case.adds] = f"extra-{extras % EXTRAS}"
            extras += 1
    return classes
