"""Every finding of `rules`, put to an audit. A new one is a new file with one function: nothing lists them."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import get_type_hints

import bench.analysis.audit.findings.rules
from bench.analysis.audit.figures import figures as audit_figures
from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.analysis.audit.weighted_routes import weighted_sum
from bench.model.audit import Audit
from bench.model.audit_figures import AuditFigures, FindingFigures

Rule = Callable[[AuditEvidence], Iterator[AppFinding]]


def findings(audit: Audit, figures: AuditFigures) -> tuple[FindingFigures, ...]:
    """What was found, the largest saving first; what has no price comes last. The prices of two can overlap.

    `share` is of the cost of a weighted request.
    """
    evidence = AuditEvidence.of(audit, figures)
    whole = weighted_sum((route.weight, route.cpu_us) for route in evidence.routes)
    whole_us = whole.mean if whole else 0.0
    found = [_priced(name, one, whole_us) for name, rule in rules() for one in rule(evidence)]
    return tuple(sorted(found, key=lambda one: (one.saves_us is None, -(one.saves_us or 0.0), one.finding, one.where)))


def audited(audit: Audit) -> AuditFigures:
    """The figures of an audit, with what was found in them."""
    return with_findings(audit, audit_figures(audit))


def with_findings(audit: Audit, figures: AuditFigures) -> AuditFigures:
    """The figures with what was found in them."""
    return figures.model_copy(update={"findings": findings(audit, figures)})


def rules() -> Iterator[tuple[str, Rule]]:
    """Every rule with its name, `base-http-middleware`."""
    for found in iter_modules(bench.analysis.audit.findings.rules.__path__):
        module = import_module(f"{bench.analysis.audit.findings.rules.__name__}.{found.name}")
        for name, function in vars(module).items():
            own = inspect.isfunction(function) and function.__module__ == module.__name__
            if own and not name.startswith("_") and get_type_hints(function).get("return") == Iterator[AppFinding]:
                yield name.replace("_", "-"), function


def _priced(name: str, found: AppFinding, whole_us: float) -> FindingFigures:
    saves = found.saves_us
    return FindingFigures(
        finding=name,
        where=found.where,
        count=found.count,
        saves_us=saves.mean if saves else None,
        saves_low=saves.low if saves else None,
        saves_high=saves.high if saves else None,
        share=saves.mean / whole_us if saves and whole_us else None,
        routes=found.routes,
        says=found.says,
        alike=found.alike,
        amount=found.amount,
    )
