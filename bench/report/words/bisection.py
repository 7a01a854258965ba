"""A bisection in words: which release or commit changed the case, by how much, and what else it moved."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.analysis.comparison.verdicts import CHANGED, Moved, differing
from bench.analysis.series.bisection import BisectionAnswer, BisectionEnd, after, answer
from bench.model.comparison import Side
from bench.model.series import Bisection, ReleaseBisectionRequest
from bench.report.words.comparison import also_changed, arrows
from bench.report.words.metrics import LABELS
from bench.stats.two_stage import Change
from bench.store.series import asked
from bench.text.numbers import changed_by, listed, share

_SUBJECT = 72
"""The most characters of a commit's subject in a sentence."""


@dataclass(frozen=True)
class BisectionNarrative:
    """A bisection, where it ended, what was answered, and the sides of the versions that were compared, by version.

    One that was interrupted has no `end` yet.
    """

    bisection: Bisection
    end: BisectionEnd | None
    answers: tuple[BisectionAnswer, ...]
    sides: Mapping[str, Side]

    @property
    def suspects(self) -> tuple[str, ...]:
        """The versions that may have brought the change: what was found, and what was skipped right before it; of an
        undecided search all that are left."""
        if self.end is None or self.end.kind not in ("found", "undecided"):
            return ()
        versions = self.bisection.versions
        return versions[versions.index(self.end.good) + 1 : versions.index(self.end.bad) + 1]

    @property
    def certain(self) -> bool:
        """Whether one version was found and its change confirmed, or nothing changed."""
        if self.end is None:
            return False
        confirmed = self.end.confirmed is not None and self.end.confirmed.verdict in CHANGED
        return self.end.kind == "unchanged" or (self.end.kind == "found" and confirmed and len(self.suspects) == 1)

    @property
    def moved(self) -> Moved:
        """Packages whose versions differ between the two versions that are left; of releases, beside the package."""
        base, head = (self.sides.get(one) for one in (self.end.good, self.end.bad)) if self.end else (None, None)
        if base is None or head is None:
            return {}
        words = self.bisection.words
        own = words.package if isinstance(words, ReleaseBisectionRequest) else None
        return {name: moved for name, moved in differing(base.stack, head.stack).items() if name != own}

    @property
    def only_lock(self) -> bool:
        """Whether the commit that was found changes nothing but the file that its environment is made of."""
        side = self.sides.get(self.end.bad) if self.end else None
        lock = side.version.lock if side and side.version else None
        return lock is not None and self.bisection.files == (lock,)


def bisected(bisection: Bisection, folder: Path) -> BisectionNarrative:
    """What a bisection in this folder says. Raises StoreError."""
    done = asked(bisection, folder)
    answers = tuple(answer(*one) for one in done)
    ahead = after(bisection.candidates, bisection.words.margin, answers)
    sides = {one.base: comparison.base for one, comparison in done}
    sides |= {one.head: comparison.head for one, comparison in done}
    return BisectionNarrative(bisection, ahead if isinstance(ahead, BisectionEnd) else None, answers, sides)


def title(bisection: Bisection) -> str:
    """`fastapi 0.115.0 to 0.120.0`, or `app.main:app 1a2b3c4d to 5e6f7a8b`."""
    words = bisection.words
    of = words.package if isinstance(words, ReleaseBisectionRequest) else words.app
    return f"{of} {called(bisection, words.good)} to {called(bisection, words.bad)}"


def called(bisection: Bisection, version: str) -> str:
    """A release as it is, a commit by its short hash."""
    commit = bisection.as_commit(version)
    return commit.short if commit else version


def named(bisection: Bisection, version: str) -> str:
    """`fastapi 0.116.0`, or `commit 1a2b3c4d (2026-11-02, Validate once more)`."""
    if commit := bisection.as_commit(version):
        subject = textwrap.shorten(commit.subject.replace("`", "'"), _SUBJECT, placeholder=" …")
        return f"commit {commit.short} ({commit.committed_at:%Y-%m-%d}, {subject})"
    words = bisection.words
    return f"{words.package} {version}" if isinstance(words, ReleaseBisectionRequest) else version


def kinds(bisection: Bisection) -> tuple[str, str]:
    """What its versions are, one and many."""
    return ("commit", "commits") if bisection.commits else ("release", "releases")


def sentences(found: BisectionNarrative) -> list[str]:
    """The version first, and then what qualifies it."""
    count, versions = len(found.answers), found.bisection.versions
    done = f"{count} comparison{'s' if count != 1 else ''}"
    if found.end is None:
        return [f"Interrupted: {done} done. Run the same command again to continue."]
    said = [_said(found, found.end)]
    if found.end.kind == "found":
        said += [*_alongside(found), *_others(found, found.end)]
    said.append(f"{done} over {len(versions)} {kinds(found.bisection)[1]}.")
    return said


def change_in_words(found: Change | None) -> str:
    """`+12.3% (+11.0% to +13.6%)`."""
    if found is None:
        return "unknown"
    return f"{changed_by(found.ratio)} ({changed_by(found.low)} to {changed_by(found.high)})"


def _said(found: BisectionNarrative, end: BisectionEnd) -> str:
    bisection, words = found.bisection, found.bisection.words
    id_, of = words.cases[0].id, LABELS[words.metric]
    ends = f"from {called(bisection, words.good)} to {called(bisection, words.bad)}"
    change = change_in_words(end.doubtful.found) if end.doubtful else ""
    why = f" {end.doubtful.reason}." if end.doubtful and end.doubtful.reason else ""
    match end.kind:
        case "found":
            return _found(found, end)
        case "unchanged":
            return f"`{id_}` did not change by {share(words.margin)} or more {ends}: {of} {change}."
        case "unknown":
            reason = end.doubtful.reason if end.doubtful else ""
            step = f"; {reason}." if reason else ". A larger --budget may decide it."
            return f"It is undecided whether `{id_}` changed {ends}: {of} {change}{step}"
        case _:
            return _undecided(found, end, change, why)


def _found(found: BisectionNarrative, end: BisectionEnd) -> str:
    bisection, confirmed = found.bisection, end.confirmed
    of, id_ = LABELS[bisection.words.metric], bisection.words.cases[0].id
    good, bad = called(bisection, end.good), named(bisection, end.bad)
    change = change_in_words(confirmed.found if confirmed else None)
    if confirmed is None or confirmed.verdict not in CHANGED:
        why = f" {confirmed.reason}." if confirmed and confirmed.reason else ""
        return (
            f"The bisection points to {bad}, but a comparison with {good} does not confirm it: {of} of `{id_}` "
            f"{change}.{why}"
        )
    if len(found.suspects) == 1:
        return f"`{id_}` changed in {bad}: {of} {change} against {good}."
    out = listed([called(bisection, one) for one in found.suspects[:-1]])
    between = kinds(bisection)[len(found.suspects) > 2]
    return (
        f"`{id_}` changed after {good}, at the latest in {bad}: {of} {change}. The {between} between, {out}, could not "
        "be compared and may be the cause as well."
    )


def _undecided(found: BisectionNarrative, end: BisectionEnd, change: str, why: str) -> str:
    bisection, id_ = found.bisection, found.bisection.words.cases[0].id
    good, bad = called(bisection, end.good), called(bisection, end.bad)
    middle = called(bisection, end.doubtful.head) if end.doubtful else ""
    prefix = "git:" if bisection.commits else ""
    parts = f"{prefix}{good} {prefix}{middle}` and `{prefix}{middle} {prefix}{bad}"
    words, of = bisection.words, LABELS[bisection.words.metric]
    what = words.package if isinstance(words, ReleaseBisectionRequest) else "commits"
    return (
        f"`{id_}` changed between {what} {good} and {bad}. {middle} has about half of the change, {of} {change}: it "
        f"came in several steps, or the blocks vary too much.{why} Search both parts: `{parts}`."
    )


def _alongside(found: BisectionNarrative) -> list[str]:
    """What else moved with the version that was found."""
    moved = arrows(found.moved)
    if not moved:
        return []
    if not found.bisection.commits:
        return [f"{also_changed(listed(moved))} They may be the cause."]
    if found.only_lock:
        return [f"It changes only its lock: {listed(moved)}."]
    return [f"Its lock changed too: {listed(moved)}. They may be the cause."]


def _others(found: BisectionNarrative, end: BisectionEnd) -> list[str]:
    if not end.several or end.whole is None:
        return []
    one = kinds(found.bisection)[0]
    whole = change_in_words(end.whole.found)
    return [f"The whole range changed by {whole}: another {one} in it changed the case as well."]
