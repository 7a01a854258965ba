"""Somebody's own app: what each of its routes costs, part by part, and what could be cheaper."""

from __future__ import annotations

from collections.abc import Mapping

from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures
from bench.model.server import DEFAULT
from bench.report.document import Document
from bench.report.sections.audit import coverage, findings, routes, service, setting
from bench.report.sections.provenance import day
from bench.report.words.audit import headline
from bench.text.numbers import core_count


def document(audit: Audit, figures: AuditFigures, flames: Mapping[str, str] | None = None) -> Document:
    """What an audit says. `flames` are addresses of flame graphs beside the page, by case."""
    sections = (
        findings.section(figures),
        *routes.sections(audit, figures, flames or {}),
        service.section(audit, figures),
        coverage.section(audit, figures),
        setting.startup(figures),
        setting.validity(audit, figures),
        setting.setting(audit),
    )
    return Document(
        title=f"Audit of {figures.app}",
        headline=headline(audit, figures),
        subtitle=_subtitle(audit),
        sections=tuple(section for section in sections if section is not None),
        version=audit.harness_version,
        id=audit.id,
    )


def _subtitle(audit: Audit) -> tuple[str, ...]:
    packages = audit.stack.packages
    shown = (("FastAPI", "fastapi"), ("Starlette", "starlette"), ("Pydantic", "pydantic"))
    return (
        *(f"{name} {packages[package]}" for name, package in shown if package in packages),
        f"Python {audit.stack.python}",
        *(() if audit.server == DEFAULT else (audit.server.words,)),
        f"{audit.host.cpu_model}, {core_count(audit.host.cores)}",
        day(audit.started_at),
        f"{audit.effort} effort",
    )
