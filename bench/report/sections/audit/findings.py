"""What was found in an app, the largest saving first."""

from __future__ import annotations

from bench.model.audit_figures import AuditFigures
from bench.report.document import Finding, Findings, Prose, Section, Tone
from bench.report.figures.route_bars import route_address
from bench.report.words.findings import FindingGroup, grouped

_ABOUT = (
    "What could be cheaper, or should be looked at. A price is what an average request to the measured routes would "
    "save, and its share of that request; it is made of figures that were measured on this app. Prices of different "
    "findings can overlap, and so don't add up."
)
_IN_BRIEF = 12
_NOTICEABLE = 0.01


def section(figures: AuditFigures) -> Section | None:
    """That nothing was found is worth knowing, unless nothing was measured."""
    if not figures.findings and not any(route.valid for route in figures.routes):
        return None
    if not figures.findings:
        return Section("Findings", (Prose("Nothing that an audit looks for was found in these figures."),), "findings")
    items = tuple(_item(one, index) for index, one in enumerate(grouped(figures.findings)))
    more = len(items) - _IN_BRIEF
    blocks = (
        Prose(_ABOUT, "soft", shown="page"),
        Findings(items, "route", shown="page"),
        Findings(items[:_IN_BRIEF], "route", shown="brief"),
        *((Prose(f"And {more} more: see the page.", "soft", shown="brief"),) if more > 0 else ()),
    )
    return Section("Findings", blocks, "findings")


def _item(group: FindingGroup, index: int) -> Finding:
    cases = tuple((route, route_address(route)) for route in group.routes)
    return Finding(
        group.price, group.title, _tone(group), texts=group.texts, anchor=f"finding-{index + 1}", cases=cases
    )


def _tone(group: FindingGroup) -> Tone:
    """What saves a noticeable share stands out from what saves little, and from what has no price."""
    if group.share is None:
        return "part"
    return "warn" if group.share >= _NOTICEABLE else ""
