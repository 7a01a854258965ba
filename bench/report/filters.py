"""What the page's templates may say: numbers in words, anchors, and sentences with their names set as code."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from bench import wording
from bench.difference import stands_out
from bench.figures import Standing
from bench.report.cake import Row, Segment
from bench.report.flame import payload
from bench.report.palette import layer_class, layer_name
from bench.report.witnesses import bars, biases, costs, flags, heading, points, residual


def anchor(text: str) -> str:
    """A name that may stand in an id and in a link to it."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text)


def prose(sentence: str) -> Markup:
    """A sentence, escaped, with what stands in backticks as code."""
    parts = [escape(part) for part in sentence.split("`")]
    return Markup("").join(Markup("<code>{}</code>").format(p) if i % 2 else p for i, p in enumerate(parts))


def breakable(name: str) -> Markup:
    """A long name that may be broken after its joints, where there is no room for it."""
    return Markup("<wbr>").join(re.split(r"(?<=[_:])", name))


def segment_label(segment: Segment) -> str:
    return wording.mean(segment.cost_us) if segment.first else wording.added(segment.cost_us)


def segment_words(segment: Segment) -> str:
    """`FastAPI: +17.4 ± 0.2 µs`."""
    return f"{segment.adds}: {segment_label(segment)} {wording.within(segment.cost_us)} µs"


def row_words(row: Row) -> str:
    """A bar for those who can't see it."""
    whole = f"; end to end {wording.mean(row.chain.whole_us)} µs" if row.chain else ""
    return ", ".join(segment_words(segment) for segment in row.segments) + whole


FILTERS: Mapping[str, Callable[..., Any]] = {
    "anchor": anchor,
    "breakable": breakable,
    "prose": prose,
    "segment_label": segment_label,
    "segment_words": segment_words,
    "in_words": row_words,
    "payload": payload,
    "plain": wording.number,
    "stands_out": stands_out,
    "plain_percent": lambda value: f"{value:g}%",
    "whole": lambda value: wording.number(value, 0),
    "tick": lambda value: f"{value:,.10g}",
    "signed": wording.signed,
    "signed_count": lambda value: wording.signed(value, 0 if float(value).is_integer() else 1),
    "mean": wording.mean,
    "added": wording.added,
    "within": wording.within,
    "count": wording.count,
    "size": wording.size,
    "share": wording.share,
    "address": quote,
    "percentile": wording.percentile,
    "peak": wording.peak,
    "attribution_heading": heading,
    "attribution_flags": flags,
    "attribution_bars": bars,
    "attribution_costs": costs,
    "attribution_points": points,
    "attribution_residual": residual,
    "attribution_biases": biases,
    "allocations": wording.allocations,
    "factor": lambda value: f"{wording.number(value, 1)}×",  # noqa: RUF001 - a times sign
    "standing": lambda standing: wording.STANDINGS[Standing(standing)],
    "with_class": lambda adds, classes: (adds, classes[adds]),
    "with_share": lambda pair: (f"{layer_name(pair[0])} {wording.share(pair[1])}", layer_class(pair[0])),
    "rows_head": lambda rows: (f"{wording.number(rows, 0)} {'row' if rows == 1 else 'rows'}", False),
    "number_head": lambda text: (text, False),
}
