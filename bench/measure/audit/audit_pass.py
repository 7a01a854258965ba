"""What an audit knows of one of its passes."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from bench.measure.audit.inputs import AuditInputs
from bench.measure.audit.launches import Found


@dataclass(frozen=True)
class AuditPass:
    """`label` is what the progress bar calls it, `observations` how many samples it makes when nothing fails, and
    `expected_s` how long it takes: both from the inputs alone."""

    label: str
    measure: Callable[[AuditInputs], Generator[Found]]
    observations: Callable[[AuditInputs], int]
    expected_s: Callable[[AuditInputs], float]
