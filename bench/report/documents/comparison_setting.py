"""The two stacks of a comparison, how it was measured, and how to make it again."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import PurePath

from bench.analysis.comparison import differing
from bench.model.comparison import Comparison, PairSample, ServedPair
from bench.report.document import Block, Cell, Column, Facts, Prose, Row, Section, Table
from bench.report.documents.provenance import again, host_facts, made_at, made_by, noise, packages
from bench.report.words.comparison import Sides
from bench.text.numbers import DASH, number, share


def setting(comparison: Comparison) -> Section:
    """Everything that the figures depend on."""
    blocks = stacks(comparison)
    blocks.append(Section("How it was measured", (Facts(tuple(_facts(comparison))),), "host"))
    blocks += noise(comparison.noise)
    blocks.append(
        again(
            list(dict.fromkeys((shlex.join(["bench", *comparison.command]), _with_locks(comparison)))),
            "From the commit above, on the host above; another host measures other figures. The second command uses "
            f"the exact packages, from the locks beside this page. The comparison.json of `{comparison.id}` holds "
            "every window.",
        )
    )
    return Section("Stacks and host", tuple(blocks), "setting", shown="page")


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
    rows = [("requested", base.named or "the default stack", head.named or "the default stack", "")]
    if base.run or head.run:
        rows.append(("run", base.run or DASH, head.run or DASH, ""))
        hosts = [side.host or seen.host for side in (base, head)]
        old, new = (f"{host.cpu_model} `{host.fingerprint[:8]}`" for host in hosts)
        rows.append(("host", old, new, ""))
    rows.append(("Python", base.stack.python, head.stack.python, ""))
    rows += [(name, old or "none", new or "none", "strong") for name, (old, new) in moved.items()]
    rows.append(("lock", f"`{base.stack.lock_sha256[:12]}`", f"`{head.stack.lock_sha256[:12]}`", ""))
    return Table(
        (Column("", words=True), Column("base", words=True, wrap=True), Column("head", words=True, wrap=True)),
        tuple(Row((Cell(a), Cell(b), Cell(c)), tone="strong" if tone else "") for a, b, c, tone in rows),
        "Differences between the two stacks.",
        sortable=False,
    )


def _facts(comparison: Comparison) -> Iterator[tuple[str, str]]:
    yield from host_facts(comparison.host)
    if comparison.database:
        yield "database", comparison.database
    yield "comparison", f"`{comparison.id}`, {made_at(comparison.started_at)}, margin {share(comparison.margin)}"
    if comparison.budget_s:
        yield "budget", f"{number(comparison.elapsed_s, 0)} s used of {number(comparison.budget_s, 0)} s"
    if first := _head_first(comparison):
        pairs = f"{sum(first):,} of {len(first):,} pairs"
        yield "order", f"from seed {comparison.seed}; the head came first in {pairs}"
    yield made_by(comparison)


def _head_first(comparison: Comparison) -> list[bool]:
    """Of each pair of windows, or of each served block, whether the head came first."""
    paired = [first for one in comparison.samples if isinstance(one, PairSample) for first in one.head_first]
    return paired + [one.head_first for one in comparison.samples if isinstance(one, ServedPair)]


def _with_locks(comparison: Comparison) -> str:
    """The command with the two locks that lie beside the page, where its words were requirements to be resolved."""
    words = list(comparison.command)
    if comparison.base.run or comparison.head.run:
        return shlex.join(["bench", *words])
    for named, lock in ((comparison.base.named, "base.lock"), (comparison.head.named, "head.lock")):
        places = [index for index, word in enumerate(words) if index and PurePath(word).name == PurePath(named).name]
        if places:
            words[places[0]] = lock
    return shlex.join(["bench", *words])
