"""Claims and questions are found by themselves, and put to any run whatever it lacks."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import bench.claims.rules
from bench.analysis.run.summary import summarise
from bench.catalog.targets import read_targets
from bench.claims.claim import ClaimVerdict
from bench.claims.judge import answer, judge
from bench.model.run import MissingSample, Run
from bench.model.workload import Pass
from tests.factories import synthetic_run
from tests.runs import COSTS, FACTS, MEMORY, STARTS, a_run, the_whole

WHOLE = a_run()
NEW = '''
from bench.claims.claim import ClaimVerdict, Reply, Ruling
from bench.claims.evidence import Evidence


def the_sky_is_blue(run: Evidence) -> Ruling:
    """The sky is
    blue.

    By looking.
    """
    return Ruling(ClaimVerdict.HOLDS, "It is.")


def why_is_it(run: Evidence) -> Reply:
    """Why is it?"""
    return Reply("Rayleigh.")


def not_a_claim(run: Evidence) -> str:
    return ""
'''


@pytest.fixture
def one_more_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "weather.py").write_text(NEW, "utf-8")
    monkeypatch.setattr(bench.claims.rules, "__path__", [*bench.claims.rules.__path__, str(tmp_path)])
    yield
    sys.modules.pop("bench.claims.rules.weather", None)


@pytest.mark.usefixtures("one_more_module")
def test_a_new_function_is_a_new_claim_and_nothing_lists_it() -> None:
    found = [claim for claim in judge(the_whole()) if claim.name == "the_sky_is_blue"]
    assert [(claim.says, claim.verdict, claim.finding) for claim in found] == [
        ("The sky is blue.", ClaimVerdict.HOLDS, "It is.")
    ]
    assert [reply.finding for reply in answer(the_whole()) if reply.asks == "Why is it?"] == ["Rayleigh."]
    assert "not_a_claim" not in {claim.name for claim in judge(the_whole())}


def test_every_claim_and_question_says_what_it_is_about() -> None:
    claims, answers = judge(the_whole()), answer(the_whole())
    assert len({claim.says for claim in claims}) == len(claims) > 20
    assert all(re.fullmatch(r"[^\n]+\.", claim.says) for claim in claims)
    assert len(answers) == 5
    assert all(re.fullmatch(r"[^\n]+\?", reply.asks) for reply in answers)


def test_every_question_of_a_whole_run_is_answered_by_its_cases() -> None:
    assert all(reply.measured and reply.cases for reply in answer(the_whole()))


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_judging_never_fails_whatever_a_run_lacks(data: st.DataObject) -> None:
    run = _thinned(data)
    for claim in judge(summarise(run)):
        assert claim.finding.endswith(".")
        assert (claim.verdict is ClaimVerdict.HOLDS_FOR) == bool(claim.scope)
        assert {*claim.cases} <= {case.id for case in run.cases}
    for reply in answer(summarise(run)):
        assert reply.finding.endswith(".")


def test_a_number_that_is_invalid_is_not_measured_for_its_reason() -> None:
    broken = MissingSample(case="fastapi_def:plain", during=Pass.TIMING, kind="invalid", reason="it fell over")
    claims = judge(summarise(WHOLE.model_copy(update={"absences": (broken,)})))
    found = next(claim for claim in claims if claim.name == "a_def_endpoint_is_as_good")
    assert (found.verdict, found.finding) == (ClaimVerdict.NOT_MEASURED, "`fastapi_def:plain`: it fell over.")


def test_a_case_that_was_skipped_is_not_measured_for_its_reason() -> None:
    kept = tuple(case for case in WHOLE.cases if case.target != "fastapi_def")
    skipped = MissingSample(case="fastapi_def:plain", during=Pass.TIMING, kind="skipped", reason="needs fastapi>=9")
    run = WHOLE.model_copy(update={"cases": kept, "samples": (), "absences": (skipped,)})
    found = next(claim for claim in judge(summarise(run)) if claim.name == "a_def_endpoint_is_as_good")
    assert found.finding == "`fastapi_def:plain`: needs fastapi>=9."


def test_the_cases_that_claims_read_are_there_to_be_measured() -> None:
    targets = read_targets(Path("targets"))
    there = {target.case(request).id for target in targets.values() for request in target.requests}
    assert {*COSTS, *FACTS, *MEMORY, *STARTS} <= there


def test_the_parents_that_claims_compare_with_are_those_of_the_targets() -> None:
    targets = read_targets(Path("targets"))
    for case, (_, over) in COSTS.items():
        target, request = case.split(":")
        assert over is None or targets[target].case(request).parent_id == over


def test_a_run_of_the_main_chain_alone_judges_what_it_can() -> None:
    verdicts = {claim.name: claim.verdict for claim in judge(summarise(synthetic_run()))}
    assert verdicts["fastapi_adds_a_few_microseconds"] is ClaimVerdict.REFUTED
    assert verdicts["nested_routers_are_free"] is ClaimVerdict.NOT_MEASURED


def _thinned(data: st.DataObject) -> Run:
    """The whole run without some of its cases and some of its samples, or of either's kind."""
    targets = sorted({case.target for case in WHOLE.cases})
    gone = data.draw(st.sets(st.sampled_from(targets)))
    launches = data.draw(st.sets(st.integers(0, 3)))
    kinds = data.draw(st.sets(st.sampled_from(["timing", "memory", "start-up", "fact"])))
    cases = tuple(case for case in WHOLE.cases if case.target not in gone)
    samples = tuple(
        sample
        for sample in WHOLE.samples
        if sample.case.partition(":")[0] not in gone
        and sample.kind not in kinds
        and getattr(sample, "launch", None) not in launches
    )
    return WHOLE.model_copy(update={"cases": cases, "samples": samples})
