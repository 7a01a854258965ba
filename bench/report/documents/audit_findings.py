"""What was found in an app, the largest saving first."""

from __future__ import annotations

import re

from bench.model.audit_figures import AuditFigures, FindingFigures
from bench.report.document import Finding, Findings, Prose, Section, Tone
from bench.report.figures.route_bars import route_address
from bench.stats.intervals import Estimate
from bench.text.numbers import measured, number, share

_ABOUT = (
    "What could be cheaper, or should be looked at. A price is what an average request to the measured routes would "
    "save, and its share of that request; it is made of figures that were measured on this app. Prices of two findings "
    "can overlap, and so don't add up."
)
_IN_BRIEF = 12
_NOTICEABLE = 0.01
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")


def section(figures: AuditFigures) -> Section | None:
    """That nothing was found is worth knowing, unless nothing was measured."""
    if not figures.findings and not any(route.valid for route in figures.routes):
        return None
    if not figures.findings:
        return Section("Findings", (Prose("Nothing that an audit looks for was found in these figures."),), "findings")
    items = tuple(_item(one, index) for index, one in enumerate(figures.findings))
    more = len(items) - _IN_BRIEF
    blocks = (
        Prose(_ABOUT, "soft", shown="page"),
        Findings(items, "route", shown="page"),
        Findings(items[:_IN_BRIEF], "route", shown="brief"),
        *((Prose(f"And {more} more: see the page.", "soft", shown="brief"),) if more > 0 else ()),
    )
    return Section("Findings", blocks, "findings")


def _item(one: FindingFigures, index: int) -> Finding:
    """Its first sentence is the evidence; what follows explains it."""
    cases = tuple((route, route_address(route)) for route in one.routes)
    first, *more = _SENTENCES.split(one.says, maxsplit=1)
    return Finding(_price(one), first, _tone(one), texts=tuple(more), anchor=f"finding-{index + 1}", cases=cases)


def _tone(one: FindingFigures) -> Tone:
    """What saves a noticeable share stands out from what saves little, and from what has no price."""
    if one.share is None:
        return "part"
    return "warn" if one.share >= _NOTICEABLE else ""


def _price(one: FindingFigures) -> str:
    if one.saves_us is None:
        return "not priced"
    price = Estimate(one.saves_us, one.saves_low, one.saves_high, 1)
    part = f", {share(one.share)}" if one.share is not None else ""
    return f"{measured(price, 'µs') if price.half_width is not None else f'{number(price.mean)} µs'}{part}"
