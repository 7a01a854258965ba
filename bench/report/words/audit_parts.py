"""Parts of a request, as an audit names them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TypeVar

from bench.model.app import AppDescription
from bench.model.audit import Part, PartKind
from bench.model.audit_figures import PartFigures
from bench.text.numbers import number

AnyPart = TypeVar("AnyPart", Part, PartFigures)
NAMED: tuple[PartKind, ...] = ("middleware", "dependency")
"""Kinds of which several have names that routes share."""
ORDER: tuple[PartKind, ...] = (
    "server",
    "starlette",
    "middleware",
    "routing",
    "fastapi",
    "dependency",
    "validation",
    "handler",
    "serialisation",
    "background",
    "gc",
    "residual",
)
"""The order of blocks in a bar: about that in which a request meets them."""


def own_name(part: Part | PartFigures) -> str:
    """The name that tells it from others of its kind; empty where there are none."""
    return "" if part.name == part.kind else part.name


def short_name(part: Part | PartFigures) -> str:
    """The same without its module, for where space is short."""
    return own_name(part).rpartition(":")[2]


def full_name(part: Part | PartFigures) -> str:
    """`middleware app.mw:Timing`."""
    return f"{part.kind} {own_name(part)}".rstrip()


def rounded_us(value: float) -> str:
    """`372`, `21.0`: µs without decimals where they say nothing."""
    return number(value, 0 if abs(value) >= 100 else None)


def shown_names(parts: Sequence[Part | PartFigures]) -> dict[str, str]:
    """Each own name, as short as it is still unique."""
    known = Counter(short_name(part) for part in {(one.kind, one.name): one for one in parts}.values())
    return {own_name(part): short_name(part) if known[short_name(part)] == 1 else own_name(part) for part in parts}


def met_in_order(parts: Iterable[AnyPart], app: AppDescription) -> list[AnyPart]:
    """About as a request meets them: by kind, and middleware from the outside in."""
    outermost_first = {one.name: place for place, one in reversed([*enumerate(app.middleware)])}
    return sorted(parts, key=lambda part: (ORDER.index(part.kind), outermost_first.get(part.name, 0)))


def keywords(part: Part | PartFigures) -> tuple[str, ...]:
    """What a filter finds it by: its kind, and its full name where several routes can have it."""
    return (part.kind, full_name(part)) if part.kind in NAMED else (part.kind,)
