"""A run as it is shown: its page, and what a terminal prints."""

from __future__ import annotations

from collections.abc import Mapping

from bench.model.run import Run
from bench.report.documents.run import document
from bench.report.renderers.html import page
from tests.widths import printed


def run_page(run: Run, profiles: Mapping[str, str]) -> str:
    return page(document(run, profiles))


def run_printed(run: Run, width: int = 100, profiles: Mapping[str, str] | None = None) -> str:
    return printed(document(run, profiles or {}), width)
