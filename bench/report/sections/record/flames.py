"""Where each confirmed step of a record is: the functions that changed, and the flame graph of the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from bench.analysis.series.record import PackageRecord
from bench.model.record import RecordedProfile
from bench.report.document import Block, Cell, Column, Entries, Entry, Figure, Prose, Row, Section, Table
from bench.report.figures.palette import layer_class
from bench.report.sections.record import steps
from bench.report.words.comparison import percent
from bench.report.words.package_steps import PackageStep, confirmed
from bench.report.words.record import function, profiled_us
from bench.text.numbers import number, signed

_ABOUT = (
    "Functions that changed most. A change is of the function's own time, with the standard library and built-ins that "
    "it calls, and with functions below it that only one of the releases calls."
)
_SIDES = {"head": "after", "base": "before", None: ""}


def section(records: Sequence[PackageRecord], flames: Mapping[str, Markup]) -> Section | None:
    """For the page; None where no step was profiled. Package by package, the newest release first."""
    found = [
        (one, one.profile)
        for record in records
        for one in sorted(confirmed([record]), key=lambda one: -one.order)
        if one.profile is not None
    ]
    if not found:
        return None
    said = Prose(
        "Both releases of a confirmed step were profiled apart from its measurement. Times are µs per request while "
        "profiled, which slows an app down; what a request costs is in the tables above. Flame graphs leave out what "
        "is below half a percent of the whole.",
        "soft",
    )
    entries = tuple(_entry(one, profile, flames) for one, profile in found)
    return Section("Profiles of confirmed steps", (said, Entries(entries)), "profiles", "Profiles", shown="page")


def _entry(one: PackageStep, profile: RecordedProfile, flames: Mapping[str, Markup]) -> Entry:
    step = one.step
    blocks: list[Block] = [
        Prose(f"`{step.case}` on {one.package} {step.older} and {step.newer}: {profiled_us(profile)} per request.")
    ]
    if profile.functions:
        blocks.append(_functions(profile))
    if profile.stacks and (graph := flames.get(profile.stacks)):
        blocks.append(Figure(html=graph))
    first = f": {function(one.functions[0])}" if one.functions else ""
    return Entry(
        f"{one.package} {one.release}, `{step.case}`",
        steps.flame_anchor(one),
        f"{percent(step.best)}{first}",
        tuple(blocks),
        one.found_by,
    )


def _functions(profile: RecordedProfile) -> Table:
    columns = (
        Column("function", words=True, code=True, wrap=True),
        Column("layer", words=True),
        Column("change, µs"),
        Column("called only", words=True),
    )
    rows = (
        Row(
            (
                Cell(one.name),
                Cell(one.layer, swatch=layer_class(one.layer)),
                Cell(
                    signed(one.change_us),
                    "" if one.within_us is None else f"± {number(one.within_us)}",
                    sort=one.change_us,
                ),
                Cell(_SIDES[one.only]),
            )
        )
        for one in profile.functions
    )
    return Table(columns, tuple(rows), _ABOUT)
