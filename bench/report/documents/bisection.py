"""A bisection: what was found, every comparison, every version, and what it rests on."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from bench.analysis.series.bisection import BisectionEnd
from bench.model.app_version import AppVersion
from bench.model.series import Bisection, CommitBisectionRequest, ReleaseBisectionRequest
from bench.report.document import Bullets, Cell, Column, Document, Facts, Prose, Row, Section, Table
from bench.report.sections.provenance import again, day, host_facts, made_at, made_by
from bench.report.words.bisection import (
    BisectionNarrative,
    called,
    change_in_words,
    kinds,
    sentences,
    title,
)
from bench.report.words.comparison import arrows
from bench.report.words.metrics import LABELS
from bench.stats.two_stage import CONFIDENCE
from bench.text.numbers import number, share

_MOST_FILES = 20
_RELEASES_READING = "Other packages keep the versions of the good release if the release allows it."
_COMMITS_READING = (
    "Each commit is checked out in its own folder and has the environment of its own lock. All commits get the same "
    "request, from the requests file of the last one. Of a merge, only the branch that it was merged into is searched. "
    "A commit that changes no file is left out."
)


def document(found: BisectionNarrative) -> Document:
    """What a bisection says."""
    bisection = found.bisection
    sections = (_found(found), _comparisons(found), _skipped(bisection), _versions(found), _reading(bisection))
    return Document(
        title=title(bisection),
        headline=tuple(sentences(found)),
        subtitle=tuple(_subtitle(found)),
        sections=(*(section for section in sections if section is not None), _setting(found)),
        version=bisection.harness_version,
        id=bisection.id,
    )


def _subtitle(found: BisectionNarrative) -> Iterator[str]:
    bisection = found.bisection
    yield bisection.words.cases[0].id
    if python := _python(found):
        yield f"Python {python}"
    yield bisection.host.cpu_model
    yield day(bisection.started_at)
    yield f"margin {share(bisection.words.margin)}"


def _python(found: BisectionNarrative) -> str | None:
    """Of the good end, which every comparison but the last has on one side."""
    bisection = found.bisection
    side = bisection.anchor or found.sides.get(bisection.versions[0])
    return side.stack.python if side else None


def _found(found: BisectionNarrative) -> Section | None:
    """The commit that was found, in full; of a release the headline says it all."""
    end = found.end
    commit = found.bisection.as_commit(end.bad) if end and end.kind == "found" else None
    if end is None or commit is None:
        return None
    files = Prose("The files that it changes:", "soft"), Bullets(tuple(_files(found)))
    return Section(
        "Commit", (Facts(tuple(_facts(found, end, commit))), *(files if found.bisection.files else ())), "commit"
    )


def _facts(found: BisectionNarrative, end: BisectionEnd, commit: AppVersion) -> Iterator[tuple[str, str]]:
    yield "commit", f"`{commit.commit}`"
    yield "date", made_at(commit.committed_at)
    yield "subject", commit.subject
    confirmed = end.confirmed
    if confirmed is not None:
        how = f"both compared with {called(found.bisection, found.bisection.versions[0])}"
        of, good = LABELS[found.bisection.words.metric], called(found.bisection, end.good)
        change = f"{of} {change_in_words(confirmed.found)} against {good}"
        yield "change", f"{change} ({how if confirmed.inferred else 'compared directly'})"
    if found.moved:
        yield "packages", ", ".join(arrows(found.moved))


def _files(found: BisectionNarrative) -> Iterator[str]:
    files = found.bisection.files or ()
    yield from (f"`{name}`" for name in files[:_MOST_FILES])
    if len(files) > _MOST_FILES:
        yield f"and {len(files) - _MOST_FILES} more"


def _comparisons(found: BisectionNarrative) -> Section | None:
    if not found.answers:
        return None
    columns = (
        Column("base", words=True),
        Column("head", words=True),
        Column("margin"),
        Column(f"{LABELS[found.bisection.words.metric]}, {CONFIDENCE:.0%} interval", words=True),
    )
    rows = tuple(
        Row(
            (
                Cell(called(found.bisection, one.base)),
                Cell(called(found.bisection, one.head)),
                Cell(share(one.margin), sort=one.margin),
                Cell(change_in_words(one.found), sort=one.found.ratio if one.found else None),
            )
        )
        for one in found.answers
    )
    by_half = len({one.margin for one in found.answers}) > 1
    said = (Prose("After the first comparison, the margin is half of the change or less.", "soft"),)
    return Section("Comparisons", (Table(columns, rows), *(said if by_half else ())), "comparisons")


def _skipped(bisection: Bisection) -> Section | None:
    if not bisection.skipped:
        return None
    columns = (Column(kinds(bisection)[0], words=True), Column("why", words=True, wrap=True))
    rows = tuple(Row((Cell(called(bisection, one.version)), Cell(one.reason))) for one in bisection.skipped)
    return Section("Not compared", (Table(columns, rows),), "missing")


def _versions(found: BisectionNarrative) -> Section:
    """All of them, with what is known of each."""
    bisection, good = found.bisection, found.bisection.versions[0]
    known = {one.head: change_in_words(one.found) for one in found.answers if one.base == good}
    known |= {one.version: "not compared" for one in bisection.skipped}
    one, many = kinds(bisection)
    columns = [
        Column(one, words=True),
        Column(f"{LABELS[bisection.words.metric]} against {called(bisection, good)}", words=True),
    ]
    if bisection.commits:
        columns[1:1] = [Column("date", words=True), Column("subject", words=True, wrap=True)]
    rows = []
    for version in bisection.versions:
        commit, last = bisection.as_commit(version), found.end is not None and version in found.suspects
        cells = [Cell(called(bisection, version), tone="strong" if last else ""), Cell(known.get(version, ""))]
        if commit:
            cells[1:1] = [Cell(f"{commit.committed_at:%Y-%m-%d}"), Cell(commit.subject)]
        rows.append(Row(tuple(cells)))
    return Section(many.capitalize(), (Table(tuple(columns), tuple(rows), shown="page"),), "versions", shown="page")


def _reading(bisection: Bisection) -> Section:
    one, many = kinds(bisection)
    margin = share(bisection.words.margin)
    said = (
        f"First, the good and the bad {one} are compared. Then the {one} in the middle is compared with the good one. "
        "If it has more than half of the change, the change came before it or with it, otherwise after it. The margin "
        "of these comparisons is half of the change, which needs few blocks. If the result is too close to half, it is "
        "compared once more.",
        f"Two neighbours are left in the end. The difference of each to the good {one} gives the change between them, "
        f"with an interval from both. If this does not confirm the change at the margin of {margin} (95%, one side), "
        "both are compared directly.",
        _COMMITS_READING if bisection.commits else _RELEASES_READING,
        f"{many.capitalize()} that do not start, do not have the case or return another response are skipped.",
    )
    return Section("How to read this", tuple(map(Prose, said)), "reading", shown="page")


def _setting(found: BisectionNarrative) -> Section:
    bisection = found.bisection
    blocks = (
        Facts(tuple(_setting_facts(found))),
        again([shlex.join(["bench", *bisection.command])], "Use the host above. All comparisons are in this folder."),
    )
    return Section("Search and host", blocks, "setting", shown="page")


def _setting_facts(found: BisectionNarrative) -> Iterator[tuple[str, str]]:
    bisection, words = found.bisection, found.bisection.words
    count = len(bisection.versions)
    if isinstance(words, CommitBisectionRequest):
        folder = f" in `{words.folder}`" if words.folder != "." else ""
        yield "app", f"`{words.app}`{folder}"
        yield "commits", f"{count}, `{words.good}` to `{words.bad}`"
    elif isinstance(words, ReleaseBisectionRequest):
        yield "releases", f"{count} of {words.package}, {words.good} to {words.bad}"
    if python := _python(found):
        yield "Python", python
    yield "budget", f"{number(words.budget_s, 0)} s per comparison"
    yield "bisection", f"`{bisection.id}`, {made_at(bisection.started_at)}"
    yield from host_facts(bisection.host)
    yield made_by(bisection)
