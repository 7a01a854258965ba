"""A bisection in words: which release changed the case, by how much, and what else it moved."""

from __future__ import annotations

from dataclasses import dataclass

from bench.analysis.bisection import BisectionAnswer, BisectionEnd
from bench.analysis.comparison import CHANGED, Moved, differing
from bench.model.series import Bisection
from bench.report.words.comparison import also_changed, arrows
from bench.stats.two_stage import Change
from bench.store import documents
from bench.store.recording import Recording
from bench.store.series import COMPARISONS, answered
from bench.text.numbers import changed_by, listed, share


@dataclass(frozen=True)
class BisectionNarrative:
    """A bisection, where it ended, what was answered, and what differs between the two releases that are left."""

    bisection: Bisection
    end: BisectionEnd
    answers: tuple[BisectionAnswer, ...]
    moved: Moved

    @property
    def certain(self) -> bool:
        """Whether the release was found and its change confirmed, or nothing changed."""
        confirmed = self.end.confirmed is not None and self.end.confirmed.verdict in CHANGED
        return self.end.kind == "unchanged" or (self.end.kind == "found" and confirmed)


def bisected(recording: Recording[Bisection], end: BisectionEnd) -> BisectionNarrative:
    """Raises StoreError."""
    document = recording.document
    ids = [one.comparison for one in document.asked if (one.base, one.head) == (end.good, end.bad)]
    last = documents.COMPARISON.load(recording.folder / COMPARISONS / ids[-1]) if ids else None
    moved = differing(last.base.stack, last.head.stack) if last else {}
    others = {name: versions for name, versions in moved.items() if name != document.words.package}
    return BisectionNarrative(document, end, tuple(answered(recording)), others)


def sentences(found: BisectionNarrative) -> list[str]:
    """The release first, and then what qualifies it."""
    end = found.end
    said = [_said(found)]
    if found.moved and end.kind == "found":
        said.append(f"{also_changed(listed(arrows(found.moved)))} They may be the cause.")
    releases = found.bisection.releases
    within = releases[releases.index(end.good) : releases.index(end.bad)]
    if out := [one.release for one in found.bisection.left_out if one.release in within]:
        said.append(f"Releases in between that could not be compared may be the cause as well: {listed(out)}.")
    asked = len(found.answers)
    said.append(f"{asked} comparison{'s' if asked != 1 else ''} over {len(releases)} releases.")
    return said


def change_in_words(found: Change | None) -> str:
    """`+12.3% (+11.0% to +13.6%)`."""
    if found is None:
        return "unknown"
    return f"{changed_by(found.ratio)} ({changed_by(found.low)} to {changed_by(found.high)})"


def _said(found: BisectionNarrative) -> str:
    end, words = found.end, found.bisection.words
    id_, margin = words.cases[0].id, share(words.margin)
    ends, doubtful, confirmed = f"from {words.good} to {words.bad}", end.doubtful, end.confirmed
    told = change_in_words(doubtful.found) if doubtful else ""
    match end.kind:
        case "found" if confirmed and found.certain:
            told = change_in_words(confirmed.found)
            return f"`{id_}` changed in {words.package} {end.bad}: CPU {told} against {end.good}."
        case "found":
            told = change_in_words(confirmed.found if confirmed else None)
            why = f" {confirmed.reason}." if confirmed and confirmed.reason else ""
            return (
                f"The bisection points to {words.package} {end.bad}, but a comparison with {end.good} does not confirm "
                f"it: CPU of `{id_}` {told}.{why}"
            )
        case "unchanged":
            return f"`{id_}` did not change by {margin} or more {ends}: CPU {told}."
        case "unknown":
            why = f" {doubtful.reason}." if doubtful and doubtful.reason else ""
            return f"It is undecided whether `{id_}` changed {ends}: CPU {told}.{why} A larger --budget may decide it."
        case _:
            middle = doubtful.head if doubtful else ""
            why = f" {doubtful.reason}." if doubtful and doubtful.reason else ""
            return (
                f"`{id_}` changed between {words.package} {end.good} and {end.bad}. {middle} has about half of the "
                f"change, CPU {told}: it came in several steps, or the blocks vary too much.{why}"
            )
