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
from bench.report.change import LABELS, dissent, percent, remark
from bench.report.change import within as change_within
from bench.report.flame import payload
from bench.report.forest import in_words
from bench.report.palette import layer_class, layer_name


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


def change_tick(ratio: float) -> str:
    """`+10%`, or `0`: a ratio on an axis."""
    change = round((ratio - 1) * 100, 1)
    return f"{wording.MINUS if change < 0 else '+'}{abs(change):g}%" if change else "0"


FILTERS: Mapping[str, Callable[..., Any]] = {
    "anchor": anchor,
    "breakable": breakable,
    "prose": prose,
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
    "change": percent,
    "change_within": change_within,
    "changed_by": wording.changed_by,
    "change_in_words": in_words,
    "change_tick": change_tick,
    "remark": remark,
    "dissent": dissent,
    "metric_name": LABELS.__getitem__,
    "metric_head": lambda metric: (LABELS[metric], False),
    "times": wording.times,
    "address": quote,
    "percentile": wording.percentile,
    "peak": wording.peak,
    "factor": lambda value: f"{wording.number(value, 1)}×",  # noqa: RUF001 - a times sign
    "standing": lambda standing: wording.STANDINGS[Standing(standing)],
    "with_share": lambda pair: (f"{layer_name(pair[0])} {wording.share(pair[1])}", layer_class(pair[0])),
    "number_head": lambda text: (text, False),
}
