"""A machine's fitness: the conclusion, then each thing that was looked at with the step to take."""

from __future__ import annotations

from bench.host.doctor import Diagnosis, Fitness, HostFinding
from bench.report.document import Cell, Column, Document, Prose, Row, Section, Table, Tone
from bench.text.numbers import core_count, count, listed

_TONES: dict[Fitness, Tone] = {
    Fitness.FIT: "good",
    Fitness.DISTURBS: "warn",
    Fitness.UNFIT: "bad",
    Fitness.MISSING: "soft",
}
_CONCLUSIONS = {
    Fitness.FIT: "Fit to measure.",
    Fitness.DISTURBS: "Usable: intervals may be wider, and every result says what was disturbed.",
    Fitness.UNFIT: "Unfit: some figures would be INVALID. Take the steps below first.",
}


def document(diagnosis: Diagnosis) -> Document:
    """What a machine is fit for, and why."""
    host = diagnosis.host
    columns = (Column("", words=True), Column("", words=True), Column("", words=True, wrap=True))
    untold = f"This machine does not report its {listed(diagnosis.untold)}."
    found = Table(columns, tuple(map(_row, diagnosis.findings)), sortable=False)
    return Document(
        title=host.cpu_model,
        headline=(_CONCLUSIONS[diagnosis.fitness],),
        subtitle=(core_count(host.cores), f"{count(host.memory_mb)} MB", f"{host.system} {host.kernel}"),
        sections=(Section("Findings", (found, *([Prose(untold, "soft")] if diagnosis.untold else [])), "findings"),),
    )


def _row(one: HostFinding) -> Row:
    step = f"→ {one.step}" if one.step else ""
    return Row((Cell(one.about), Cell(one.fitness, tone=_TONES[one.fitness]), Cell(one.seen, below=step)))
