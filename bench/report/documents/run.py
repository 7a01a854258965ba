"""A run of one stack: what a request costs, and what that rests on."""

from __future__ import annotations

from collections.abc import Mapping

from bench.analysis.run.summary import summarise
from bench.model.run import Run
from bench.model.server import DEFAULT
from bench.report.document import Document
from bench.report.sections.provenance import day
from bench.report.sections.run import (
    attribution,
    cases,
    claims,
    connections,
    holds,
    layers,
    load,
    memory,
    profiles,
    server_layers,
    startup,
    streaming,
    streams,
    validity,
)
from bench.report.sections.run.setting import setting
from bench.report.words.run import verdicts
from bench.report.words.stack import measured
from bench.text.numbers import core_count


def document(run: Run, folded: Mapping[str, str]) -> Document:
    """What a run says; `folded` are its profiles by file. Raises ValueError for stacks that can't be read."""
    summary = summarise(run)
    sections = (
        layers.section(summary),
        attribution.section(summary, folded),
        claims.section(summary),
        cases.section(summary),
        load.section(summary),
        server_layers.section(summary),
        connections.section(summary),
        holds.section(run),
        streaming.section(summary),
        streams.section(summary),
        memory.section(summary),
        startup.section(summary),
        profiles.section(summary, folded),
        validity.section(summary),
        setting(run),
    )
    return Document(
        title=measured(run),
        headline=tuple(verdicts(summary)),
        subtitle=_subtitle(run),
        sections=tuple(section for section in sections if section is not None),
        version=run.harness_version,
        id=run.id,
    )


def _subtitle(run: Run) -> tuple[str, ...]:
    starlette = run.stack.packages.get("starlette")
    return (
        *((f"Starlette {starlette}",) if starlette else ()),
        *(() if run.url or run.server == DEFAULT else (run.server.words,)),
        f"{run.host.cpu_model}, {core_count(run.host.cores)}",
        day(run.started_at),
        f"{run.effort} effort",
    )
