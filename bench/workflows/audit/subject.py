"""What an audit is of: an app as it describes itself once it runs, the requests that it is asked, and how often."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from bench.audit import traffic
from bench.audit.matching import RouteTable
from bench.audit.requests import OnStep
from bench.audit.workload import target_of
from bench.model.app_options import AppOptions
from bench.runner.plan import Plan
from bench.workflows.app.requests import AppRequests, RequestArguments, find_requests
from bench.workflows.audit.audit import AuditSubject


def found(
    plan: Plan, app: AppOptions, given: RequestArguments, log: Path | None, on_step: OnStep
) -> tuple[AuditSubject, AppRequests]:
    """The app with its requests, whose weights an access log tells.

    Raises AppStartError, UsageError, StoreError and VariableError.
    """
    requests = find_requests(plan, app, given, on_step)
    described = requests.description
    target = target_of(described, requests.requests)
    weights = traffic.read(log, RouteTable(described).route_of).weights if log else None
    return AuditSubject(described, target, requests.coverage, weights), requests


def with_requests(plan: Plan, subject: AuditSubject, requests: AppRequests) -> Plan:
    """A plan of an app that knows its requests now, and what stands for the variables in them."""
    target = subject.target
    cases = tuple(target.case(request) for request in target.requests)
    return replace(plan, targets={target.name: target}, cases=cases, values=requests.values)
