"""Findings are found by themselves, in the order of what they save."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

import bench.analysis.audit.findings.rules
from bench.analysis.audit.findings.judge import findings, rules, with_findings
from tests.audits import sample_audit, sample_figures

NEW = '''
from collections.abc import Iterator

from bench.analysis.audit.findings.evidence import AuditEvidence
from bench.analysis.audit.findings.finding import AppFinding
from bench.stats.intervals import Estimate


def the_sky_is_blue(app: AuditEvidence) -> Iterator[AppFinding]:
    """By looking."""
    yield AppFinding("above", f"The sky over `{app.app.name}` is blue.", Estimate(1e9, None, None, 1), ())


def helps_nobody(app: AuditEvidence) -> str:
    return ""
'''


def test_a_new_file_is_a_new_finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sky.py").write_text(NEW, "utf-8")
    monkeypatch.setattr(
        bench.analysis.audit.findings.rules, "__path__", [*bench.analysis.audit.findings.rules.__path__, str(tmp_path)]
    )
    importlib.invalidate_caches()
    try:
        first = findings(sample_audit(), sample_figures())[0]
    finally:
        sys.modules.pop("bench.analysis.audit.findings.rules.sky", None)
    assert (first.finding, first.where) == ("the-sky-is-blue", "above")
    assert first.says == "The sky over `app.main:app` is blue."


def test_the_largest_saving_is_first_and_what_has_no_price_last() -> None:
    prices = [one.saves_us for one in findings(sample_audit(), sample_figures())]
    priced = [price for price in prices if price is not None]
    assert priced == sorted(priced, reverse=True)
    assert prices[: len(priced)] == priced


def test_a_share_is_of_a_weighted_request() -> None:
    found = with_findings(sample_audit(), sample_figures()).findings
    whole = {round(one.saves_us / one.share, 6) for one in found if one.saves_us is not None and one.share}
    assert len(whole) == 1


def test_every_rule_has_a_name_of_its_own_and_says_what_it_finds() -> None:
    found = dict(rules())
    assert len(found) == len(list(rules())) >= 12
    assert all(rule.__doc__ for rule in found.values())


def test_an_app_of_which_nothing_was_measured_has_no_priced_finding() -> None:
    nothing = sample_figures().model_copy(update={"routes": ()})
    assert all(one.saves_us is None for one in findings(sample_audit(), nothing))
