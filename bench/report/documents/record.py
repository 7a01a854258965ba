"""A record: the largest changes first, then each package over its releases, and how certain it all is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from markupsafe import Markup

from bench.analysis.series.record import PackageRecord
from bench.report.document import Document, Filter, Section
from bench.report.sections.record import certainty, checks, largest, package, reading
from bench.report.sections.record import flames as record_flames
from bench.report.words.record import packages, sentences, span


def document(
    records: Sequence[PackageRecord],
    flames: Mapping[str, Markup] = MappingProxyType({}),
    described: Mapping[str, str] = MappingProxyType({}),
) -> Document:
    """What a record says. `flames` are flame graphs of differences, by the file that holds their stacks; `described`
    says of each target what it is."""
    versions = [one.harness_version for record in records for one in record.comparisons]
    return Document(
        title="What each release changed",
        headline=tuple(sentences(records)),
        subtitle=tuple(_subtitle(records)),
        sections=tuple(_sections(records, flames, described)) if versions else (),
        version=versions[-1] if versions else "",
        filter=Filter("Package, release, case or function", "Package", tuple(packages(records))) if versions else None,
    )


def _subtitle(records: Sequence[PackageRecord]) -> Iterator[str]:
    for record in records:
        if record.comparisons:
            yield f"{record.header.package} {span(record)}"
    pythons = sorted({record.header.python for record in records})
    yield from (f"Python {python}" for python in pythons)


def _sections(
    records: Sequence[PackageRecord], flames: Mapping[str, Markup], described: Mapping[str, str]
) -> Iterator[Section]:
    made = (
        largest.section(records),
        *(package.section(record, records, described) for record in records),
        checks.unconfirmed(records),
        checks.chains(records),
        checks.repeated(records),
        record_flames.section(records, flames),
        reading.section(records),
        certainty.section(records),
        reading.again(records),
    )
    return (section for section in made if section is not None)
