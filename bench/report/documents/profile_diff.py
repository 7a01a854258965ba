"""What differs between two stacks in time or in memory: before, after, and the functions in which it changed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from bench.model.diff import StackDiff
from bench.profiles.diff import Function, stands_out
from bench.report import cells
from bench.report.document import (
    Block,
    Bullets,
    Cell,
    Column,
    Document,
    Facts,
    Figure,
    Fold,
    Panel,
    Panels,
    Prose,
    Row,
    Section,
    Table,
)
from bench.report.figures.diff_flame_graph import colours, payload
from bench.report.sections.comparison.setting import stacks
from bench.report.sections.provenance import again, day, host_facts, made_at, made_by, noise
from bench.report.templates import anchor
from bench.report.words.app_versions import dependencies_changed, what
from bench.report.words.comparison import also_changed, also_moved, python, versions
from bench.report.words.diff_case import ALL, DiffNarrative
from bench.report.words.diff_kinds import DiffWording
from bench.report.words.profile_diff import sides
from bench.text.numbers import DASH, count, listed, number, signed

# So many functions stand above the graph, and so many in the list of all.
_FIRST, _SHOWN = 12, 60


def document(seen: StackDiff, narratives: Sequence[DiffNarrative], words: DiffWording) -> Document:
    """What two stacks' profiles or heaps say, case by case."""
    sections = (_difference(seen, narratives, words), _missing(seen, words), _setting(seen, words))
    return Document(
        title=" · ".join(versions(seen)),
        headline=tuple(_headline(seen, narratives)),
        subtitle=(words.subtitle, python(seen), seen.host.cpu_model, day(seen.started_at)),
        sections=tuple(section for section in sections if section is not None),
        version=seen.harness_version,
        id=seen.id,
    )


def culprits(narratives: Sequence[DiffNarrative]) -> tuple[str, ...]:
    """A sentence for each case: how much it changed, and where."""
    return tuple(" ".join(one.sentences) for one in narratives)


def _headline(seen: StackDiff, narratives: Sequence[DiffNarrative]) -> Iterator[str]:
    if not narratives:
        yield "Nothing could be measured."
    yield from narratives[0].sentences if len(narratives) == 1 else culprits(narratives)
    if not seen.complete:
        yield "Interrupted: this is what was measured until then."
    if also := also_moved(seen):
        yield dependencies_changed(listed(also)) if seen.head.version else also_changed(listed(also))


def _difference(seen: StackDiff, narratives: Sequence[DiffNarrative], words: DiffWording) -> Section | None:
    if not narratives:
        return None
    base, head = sides(seen)
    shrank = sum(one.found.base for one in narratives) > sum(one.found.head for one in narratives)
    panels = Panels(
        "Case",
        tuple(_panel(one, (base, head), words, alone=len(narratives) == 1) for one in narratives),
        views=(
            ("change", f"Difference, as wide as {head}"),
            ("removed", f"Difference, as wide as {base}"),
            ("before", f"Before: {base}"),
            ("after", f"After: {head}"),
        ),
        chosen_view="removed" if shrank else "change",
    )
    return Section("Difference", (Prose(words.prose, shown="page"), panels), "flames")


def _panel(narrative: DiffNarrative, names: tuple[str, str], words: DiffWording, *, alone: bool) -> Panel:
    """One case; its sentences stand above all of them where it is `alone`."""
    found = narrative.found
    first = _functions(narrative, found.functions[:_FIRST], words, words.caption.format(launches=found.launches))
    blocks: list[Block] = [] if alone else [Prose(sentence, shown="page") for sentence in narrative.sentences]
    blocks += [
        Prose(words.own, "soft", shown="brief"),
        first,
        Figure(
            html=colours(words),
            payload=payload(found, words),
            caption="The colour of a frame is its own change, including new and removed functions below it.",
        ),
        *(Prose(remark, "soft") for remark in narrative.remarks),
    ]
    if narrative.counted:
        blocks += [
            Prose("Allocations of one request by layer:", "soft", shown="brief"),
            _counted(narrative, names),
        ]
    if len(found.functions) > _FIRST:
        more = len(found.functions) - _SHOWN
        caption = "All functions" + (f", except {more} with smaller changes." if more > 0 else ".")
        every = _functions(narrative, found.functions[:_SHOWN], words, caption)
        blocks.append(Fold("All functions", (every,), shown="page"))
    return Panel(found.case, f"profile-{anchor(found.case)}", tuple(blocks))


def _functions(narrative: DiffNarrative, shown: Sequence[Function], words: DiffWording, caption: str) -> Table:
    marked = any(function.mark for function in shown)
    columns = (
        Column("function", words=True, code=True, wrap=True),
        *([Column("status", words=True)] if marked else []),
        Column("layer", words=True, detail=True),
        Column(f"change, {words.unit}"),
        Column("own"),
        Column("new below it", detail=True),
        Column("total"),
    )
    return Table(columns, tuple(_function(narrative, function, marked) for function in shown), caption)


def _function(narrative: DiffNarrative, function: Function, marked: bool) -> Row:
    """Grey where the change may be noise."""
    line, below = narrative.lines.get(function.name), function.head.below - function.base.below
    return Row(
        (
            Cell(function.name, f"line {line}" if line else ""),
            *([Cell(function.mark, swatch=function.mark)] if marked else []),
            Cell(function.layer),
            cells.marginal(function.change),
            _before_and_after(function.base.own, function.head.own),
            cells.plain(below) if below else Cell(sort=0),
            _before_and_after(function.base.total, function.head.total),
        ),
        tone="" if stands_out(function.change) else "soft",
    )


def _before_and_after(base: float, head: float) -> Cell:
    """`33.7 → 51.1`; a dash for a side that has nothing."""
    return Cell(" → ".join(number(one) if one else DASH for one in (base, head)), sort=head)


def _counted(narrative: DiffNarrative, names: tuple[str, str]) -> Table:
    base, head = names
    columns = (
        Column("layer", words=True),
        Column(f"allocations, {base}"),
        Column(head),
        Column("change"),
        Column(f"bytes, {base}"),
        Column(head),
        Column("change"),
    )
    rows = (
        Row((Cell(one.layer), *_pair(one.allocs), *_pair(one.sizes)), tone="strong" if one.layer == ALL else "")
        for one in narrative.counted
    )
    caption = (
        "Allocations of one request by layer, with garbage collection off, and their bytes. The driver's are those of "
        "sending the request."
    )
    return Table(columns, tuple(rows), caption, sortable=False)


def _pair(pair: tuple[float, float]) -> Iterator[Cell]:
    """Before, after, and the change."""
    changed = pair[1] - pair[0]
    yield from (Cell(count(value), sort=value) for value in pair)
    yield Cell(signed(changed, 0 if changed.is_integer() else 1), sort=changed)


def _missing(seen: StackDiff, words: DiffWording) -> Section | None:
    """Every case that was not measured, or not in every launch, with the reason."""
    reasons = [f"`{one.case}`: different responses: base {one.base}; head {one.head}" for one in seen.disagreements]
    reasons += [f"`{one.case}`: {one.reason}" for one in seen.absences]
    return Section(words.missing, (Bullets(tuple(reasons), "warn"),), "missing") if reasons else None


def _setting(seen: StackDiff, words: DiffWording) -> Section:
    facts = [
        *host_facts(seen.host),
        *([("database", seen.database)] if seen.database else []),
        ("stored as", f"`{seen.id}`, {made_at(seen.started_at)}, seed {seen.seed}"),
        made_by(seen),
    ]
    blocks = (
        *stacks(seen),
        Section("How it was measured", (Facts(tuple(facts)),), "host"),
        *noise(seen.noise),
        again([shlex.join(["bench", *seen.command])], words.files),
    )
    return Section(f"{what(seen).capitalize()}s and host", blocks, "setting", shown="page")
