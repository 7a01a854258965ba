"""Two versions of an app in words. What git says is anybody's: it is shown as text that no terminal obeys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bench.agent.app.code import PREFIX
from bench.analysis.comparison.verdicts import differing
from bench.model.app_version import AppVersion, ChangedFunction
from bench.model.comparison import Comparison, Side, Sides
from bench.text.numbers import listed

_NAMED = 3
WORKING_TREE = "git:"
_SHORT = len(WORKING_TREE) + 12


def plain(text: str) -> str:
    """Of one line, and no code."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text).replace("`", "'")


def called(side: Side) -> str:
    """`git:main`, or the working tree. A job names whole hashes, which nobody reads."""
    if side.version and side.named == f"{WORKING_TREE}{side.version.commit}":
        return side.named[:_SHORT]
    return "working tree" if side.named == WORKING_TREE else plain(side.named)


def commit(version: AppVersion) -> str:
    """`725f5751 with uncommitted changes`."""
    return f"{version.commit[:8]}{' with uncommitted changes' if version.dirty else ''}"


def what(seen: Sides) -> Literal["version", "stack"]:
    """What the two sides are."""
    return "version" if seen.head.version else "stack"


def about(comparison: Comparison) -> tuple[str, ...]:
    """The app, its commits, and how far both environments are the same; nothing of stacks."""
    base, head = comparison.base, comparison.head
    if base.version is None or head.version is None:
        return ()
    apps = dict.fromkeys(plain(case.target) for case in comparison.cases)
    return (*apps, f"{commit(base.version)} → {commit(head.version)}", environment(base, head))


def environment(base: Side, head: Side) -> str:
    """`same environment`, or how many packages are others; which ones is said elsewhere."""
    moved = len(differing(base.stack, head.stack))
    if moved:
        return f"{moved} package{'s' if moved > 1 else ''} changed"
    return "same environment" if base.stack.lock_sha256 == head.stack.lock_sha256 else "same packages"


def dependencies_changed(moved: str) -> str:
    """The sentence about packages that two versions don't have alike."""
    return f"Dependencies changed too: {moved}."


def function(one: ChangedFunction) -> str:
    """Its name in code, with where it is changed."""
    removed = ", removed" if one.removed else ""
    return f"`{plain(_name(one))}` ({plain(one.at)}{removed})"


def _name(one: ChangedFunction) -> str:
    """As its owners import it: profiles put `app.` before the modules of any app."""
    module = one.name.partition(":")[0].replace(".", "/")
    file = one.at.partition(":")[0].removesuffix(".py").removesuffix("/__init__")
    return one.name if f"/{file}".endswith(f"/{module}") else one.name.removeprefix(PREFIX)


def outside(changed: Sequence[ChangedFunction]) -> str:
    """Which code that no profile has the difference changes, such as that of classes and modules; empty for none."""
    others = [one for one in changed if not one.cases]
    if not others:
        return ""
    named = listed([function(one) for one in others], _NAMED)
    return f"The diff also changes code that is in no profile: {named}."
