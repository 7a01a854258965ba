"""The samples of an audit by case and kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.model.audit import (
    Audit,
    PartAllocationSample,
    PartSample,
    PeelSample,
    RetainedSample,
    StartupSample,
    WaterfallSample,
)
from bench.model.base import Record
from bench.model.run import MemorySample, MissingSample


@dataclass
class CaseSamples:
    """What was observed of one case, by kind."""

    peels: list[PeelSample] = field(default_factory=list)
    parts: list[PartSample] = field(default_factory=list)
    served: list[PartSample] = field(default_factory=list)
    allocations: list[PartAllocationSample] = field(default_factory=list)
    waterfalls: list[WaterfallSample] = field(default_factory=list)
    retained: list[RetainedSample] = field(default_factory=list)
    memory: list[MemorySample] = field(default_factory=list)
    absences: list[MissingSample] = field(default_factory=list)


_KEPT_AS: dict[type[Record], str] = {
    PeelSample: "peels",
    PartAllocationSample: "allocations",
    WaterfallSample: "waterfalls",
    RetainedSample: "retained",
    MemorySample: "memory",
}


def by_case(audit: Audit) -> Mapping[str, CaseSamples]:
    """The samples of each case; empty of one without any."""
    found: defaultdict[str, CaseSamples] = defaultdict(CaseSamples)
    for sample in audit.samples:
        if isinstance(sample, StartupSample):
            continue
        of = found[sample.case]
        if isinstance(sample, PartSample):
            (of.served if sample.served_by else of.parts).append(sample)
        else:
            getattr(of, _KEPT_AS[type(sample)]).append(sample)
    for absence in audit.absences:
        found[absence.case].absences.append(absence)
    return found
