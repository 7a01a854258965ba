"""Served requests taken apart, as people read them: a picture, what is flagged, and each witness's bias."""

from __future__ import annotations

from dataclasses import dataclass

from bench.report.palette import layer_class
from bench.report.scale import Scale
from bench.statistics import Estimate
from bench.witnesses import FLAGGED, ROWS, Attribution, Layers, Line, Witness
from bench.wording import measured, number, share, signed


def heading(one: Attribution) -> str:
    """The whole, in a sentence."""
    launches = "one launch" if one.whole_us.n == 1 else f"{one.whole_us.n} launches"
    whole = f"{measured(one.whole_us, 'µs')} of the server's CPU from end to end"
    return f"One served request of `{one.case}` takes {whole}, with no timer in its way ({launches})."


def flags(one: Attribution) -> list[str]:
    """What to be careful about: a large spread, a cost below nothing."""
    found = []
    if one.flagged:
        apart = "; ".join(f"{line.label} by {points(line)}" for line in one.flagged)
        found.append(f"The witnesses lie more than {FLAGGED * 100:.0f} points of the request apart: {apart}.")
    below = [(witness, cell) for witness in one.witnesses for cell in witness.cells if cell.cost_us.mean < 0]
    found += [
        f"{witness.name}: {' + '.join(cell.rows)} at {measured(cell.cost_us, 'µs')}, less than nothing; that is what "
        "its bias makes of a small cost."
        for witness, cell in below
    ]
    return found


def biases(one: Attribution) -> list[tuple[str, str]]:
    """Each witness's name, and its bias."""
    return [(witness.name, " ".join(witness.bias)) for witness in one.witnesses]


def costs(one: Attribution, line: Line) -> list[tuple[Estimate | None, bool]]:
    """A line's cell of each witness: its cost, and whether that is in a sum of several rows below."""
    return [
        (cost, cost is None and set(line.rows) <= witness.covers)
        for witness, cost in zip(one.witnesses, line.costs_us, strict=True)
    ]


def points(line: Line) -> str:
    """How far apart the shares are."""
    if line.points is None:
        return ""
    rounded = number(line.points * 100, 0)
    return f"{rounded} {'point' if rounded == '1' else 'points'}"


def residual(one: Attribution, witness: Witness) -> tuple[str, str]:
    """What the witness leaves over and its share of the whole, or in their place why there is no such thing."""
    left = one.residual_us(witness)
    if left is None:
        return "sees a part", ""
    return ("by shares", "") if witness.by_shares else (signed(left, 1), share(one.share(left)))


@dataclass(frozen=True)
class Part:
    """A block of a bar, in µs from its left end."""

    css: str
    words: str
    left_us: float
    width_us: float
    share: float


@dataclass(frozen=True)
class Bar:
    """What one witness says, as blocks; `words` is for those who can't see them."""

    name: str
    sum_us: float
    parts: tuple[Part, ...]
    words: str


@dataclass(frozen=True)
class Bars:
    """All witnesses of a case on one scale in µs; `legend` is (text, CSS class)."""

    bars: tuple[Bar, ...]
    legend: tuple[tuple[str, str], ...]
    scale: Scale


def bars(one: Attribution) -> Bars:
    """The picture of a case. A cost below nothing has no block: the table shows it."""
    drawn = tuple(_bar(one, witness) for witness in one.witnesses)
    legend = [(" + ".join(cell.rows), _css(cell.rows)) for witness in one.witnesses for cell in witness.cells]
    ordered = sorted(dict.fromkeys(legend), key=lambda entry: ROWS.index(entry[0].split(" + ")[0]))
    ends = [bar.parts[-1].left_us + bar.parts[-1].width_us for bar in drawn if bar.parts]
    return Bars(drawn, tuple(ordered), Scale.over([*ends, one.whole_us.mean]))


def _bar(one: Attribution, witness: Witness) -> Bar:
    blocks = [(cell.rows, cell.cost_us.mean) for cell in witness.cells if cell.cost_us.mean > 0]
    if one.residual_us(witness) is None:
        blocks.insert(0, (("not seen",), max(0.0, one.whole_us.mean - witness.sum_us)))
    parts: list[Part] = []
    at_us = 0.0
    for rows, cost_us in blocks:
        words = f"{' + '.join(rows)}: {number(cost_us)} µs"
        parts.append(Part(_css(rows), words, at_us, cost_us, one.share(cost_us)))
        at_us += cost_us
    return Bar(witness.name, witness.sum_us, tuple(parts), f"{witness.name}: {', '.join(part.words for part in parts)}")


def _css(rows: Layers) -> str:
    """The colour of the layer that a block begins with, grey for what isn't seen."""
    return layer_class(rows[-1 if rows[0] == "kernel" else 0].partition(",")[0]) if rows[0] in ROWS else "rest"
