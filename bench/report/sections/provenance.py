"""Where a result comes from: host, version, noise, and the command that makes it again. The same for every kind."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bench.model.environment import Host
from bench.model.provenance import Provenance
from bench.model.run import Noise
from bench.report.document import Block, Cell, Code, Column, Facts, Fold, Prose, Row, Section, Table
from bench.text.numbers import core_count, count, number, share


def host_facts(host: Host) -> list[tuple[str, str]]:
    """The machine, in two lines."""
    virtual = ", virtual" if host.virtualised else ""
    memory = f"{count(host.memory_mb)} MB"
    system = f"{host.system} {host.kernel} ({host.architecture}){virtual}"
    return [
        ("host", f"{host.cpu_model}, {core_count(host.cores)}, {memory}, {system}"),
        ("fingerprint", f"`{host.fingerprint}`"),
    ]


def made_by(made: Provenance) -> tuple[str, str]:
    """The version, and the commit of a checkout."""
    commit = f", commit `{made.commit[:12]}`{' with changes' if made.dirty else ''}" if made.commit else ""
    return "layercake", f"{made.harness_version}{commit}"


def made_at(at: datetime) -> str:
    """`2026-11-27 19:32 UTC`."""
    return at.strftime("%Y-%m-%d %H:%M %Z")


def day(at: datetime) -> str:
    """`27 November 2026`."""
    return at.strftime("%-d %B %Y")


def noise(noises: Sequence[Noise]) -> list[Block]:
    """How much others disturbed a busy loop before and after; nothing of a result that has not looked."""
    if not noises:
        return []
    columns = (Column("when", words=True), Column("core"), Column("taken by others"), Column("longest pause"))
    rows = [
        Row(
            (
                Cell(one.at),
                Cell(str(one.core)),
                Cell(share(one.stolen_share), sort=one.stolen_share),
                Cell(f"{number(one.longest_gap_us / 1000)} ms", sort=one.longest_gap_us),
            )
        )
        for one in noises
    ]
    caption = "A busy loop before and after: the share of its time that went to others, and its longest pause."
    return [Section("Noise of the machine", (Table(columns, tuple(rows), caption),), "noise")]


def again(commands: Sequence[str], remark: str) -> Section:
    """The commands that make the result again."""
    return Section("Reproduce", (*map(Code, commands), Prose(remark, "soft")), "reproduce")


def packages(summary: str, versions: Sequence[tuple[str, str]]) -> Fold:
    """A list of packages, folded."""
    return Fold(summary, (Facts(tuple(versions)),))
