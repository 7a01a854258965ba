"""The two stacks of a comparison, how it was measured, and how to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePath

from bench.analysis.comparison.verdicts import differing
from bench.model.comparison import Comparison, Side, Sides
from bench.model.pair_samples import PairSample, ServedPair, StartupPair
from bench.report.document import Block, Cell, Column, Facts, Prose, Row, Section, Table
from bench.report.sections.provenance import again, host_facts, made_at, made_by, noise, packages
from bench.report.words.app_versions import WORKING_TREE, plain, what
from bench.report.words.cores import measured_on
from bench.text.numbers import DASH, number, share


def setting(comparison: Comparison) -> Section:
    """Everything that the figures depend on."""
    blocks = stacks(comparison)
    blocks.append(Section("How it was measured", (Facts(tuple(_facts(comparison))),), "host"))
    blocks += noise(comparison.noise)
    blocks.append(_again(comparison))
    return Section(f"{what(comparison).capitalize()}s and host", tuple(blocks), "setting", shown="page")


def _again(comparison: Comparison) -> Section:
    exactly = _with_commits(comparison) if comparison.head.version else _with_locks(comparison)
    commands = list(dict.fromkeys((shlex.join(["bench", *comparison.command]), exactly)))
    said = "From the commit above, on the host above; another host measures other figures."
    if comparison.head.version:
        said = "On the host above; another host measures other figures."
        if any(side.version and side.version.dirty for side in (comparison.base, comparison.head)):
            said += " Changes that were not committed are not in the repository."
        said += " The second command names the exact commits." if commands[1:] else ""
    else:
        said += " The second command uses the exact packages, from the locks beside this page." if commands[1:] else ""
    return again(commands, f"{said} The comparison.json of `{comparison.id}` holds every window.")


def stacks(seen: Sides) -> list[Block]:
    """What differs between two stacks, and the packages that don't."""
    moved = differing(seen.base.stack, seen.head.stack)
    same = [(name, version) for name, version in seen.base.stack.packages.items() if name not in moved]
    blocks: list[Block] = [_differing(seen)]
    if not moved:
        blocks.append(Prose("Every package has the same version on both sides."))
    if same:
        count = "1 package is" if len(same) == 1 else f"{len(same)} packages are"
        blocks.append(packages(f"{count} the same on both sides", same))
    return blocks


def _differing(seen: Sides) -> Table:
    base, head = seen.base, seen.head
    moved = differing(base.stack, head.stack)
    rows = [("requested", plain(base.named) or "the default stack", plain(head.named) or "the default stack", "")]
    if base.run or head.run:
        rows.append(("run", base.run or DASH, head.run or DASH, ""))
        hosts = [side.host or seen.host for side in (base, head)]
        old, new = (f"{host.cpu_model} `{host.fingerprint[:8]}`" for host in hosts)
        rows.append(("host", old, new, ""))
    if base.server and head.server:
        rows.append(
            (
                "server",
                plain(base.server.words),
                plain(head.server.words),
                "" if base.server == head.server else "strong",
            )
        )
    rows += _versions(base, head)
    rows.append(("Python", base.stack.python, head.stack.python, ""))
    rows += [(name, old or "none", new or "none", "strong") for name, (old, new) in moved.items()]
    rows.append(("lock", f"`{base.stack.lock_sha256[:12]}`", f"`{head.stack.lock_sha256[:12]}`", ""))
    return Table(
        (Column("", words=True), Column("base", words=True, wrap=True), Column("head", words=True, wrap=True)),
        tuple(Row((Cell(a), Cell(b), Cell(c)), tone="strong" if tone else "") for a, b, c, tone in rows),
        f"Differences between the two {'versions' if head.version else 'stacks'}.",
        sortable=False,
    )


def _versions(base: Side, head: Side) -> Iterator[tuple[str, str, str, str]]:
    """What git says of two versions of an app."""
    if base.version is None or head.version is None:
        return
    old, new = base.version, head.version
    yield "commit", f"`{old.commit[:12]}`", f"`{new.commit[:12]}`", "strong" if old.commit != new.commit else ""
    yield "subject", plain(old.subject), plain(new.subject), ""
    yield "committed", made_at(old.committed_at), made_at(new.committed_at), ""
    if old.dirty or new.dirty:
        yield "uncommitted changes", "yes" if old.dirty else "no", "yes" if new.dirty else "no", "strong"
    if old.lock or new.lock:
        yield "environment from", plain(old.lock or DASH), plain(new.lock or DASH), ""


def _facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    yield from host_facts(comparison.host)
    if comparison.database:
        yield "database", comparison.database
    yield "comparison", f"`{comparison.id}`, {made_at(comparison.started_at)}, margin {share(comparison.margin)}"
    if comparison.budget_s:
        yield "budget", f"{number(comparison.elapsed_s, 0)} s used of {number(comparison.budget_s, 0)} s"
    if on := measured_on(comparison):
        yield "cores", f"{on}; a block stays on one core"
    if first := _head_first(comparison):
        pairs = f"{sum(first):,} of {len(first):,} pairs"
        yield "order", f"from seed {comparison.seed}; the head came first in {pairs}"
    yield made_by(comparison)


def _head_first(comparison: Comparison) -> list[bool]:
    """Of each pair of windows, or of each block of servers or starts, whether the head came first."""
    paired = [first for one in comparison.samples if isinstance(one, PairSample) for first in one.head_first]
    return paired + [one.head_first for one in comparison.samples if isinstance(one, ServedPair | StartupPair)]


def _with_commits(comparison: Comparison) -> str:
    """The command with the hashes that its words came to; a working tree has none."""
    words = list(comparison.command)
    for side in (comparison.base, comparison.head):
        if side.version and side.named != WORKING_TREE and side.named in words:
            words[words.index(side.named)] = f"{WORKING_TREE}{side.version.commit[:12]}"
    return shlex.join(["bench", *words])


def _with_locks(comparison: Comparison) -> str:
    """The command with the two locks that lie beside the page, where its words were requirements to be resolved."""
    words = list(comparison.command)
    if comparison.base.run or comparison.head.run:
        return shlex.join(["bench", *words])
    for named, lock in ((comparison.base.named, "base.lock"), (comparison.head.named, "head.lock")):
        file = PurePath(named).name
        places = [index for index, word in enumerate(words) if file and index and PurePath(word).name == file]
        if places:
            words[places[0]] = lock
    return shlex.join(["bench", *words])
