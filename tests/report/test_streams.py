"""The section on streams and WebSockets: costs with their intervals, streams that were left, and what isn't known."""

from __future__ import annotations

from bench.analysis.run.summary import summarise
from bench.model.run import FactSample, MissingSample, Run
from bench.model.workload import Case, Pass
from bench.report.document import Document, Section
from bench.report.exports.run import figures
from bench.report.renderers.markdown import markdown
from bench.report.sections.run.streams import section
from tests.factories import synthetic_run
from tests.runs import a_run


def said(run: Run) -> str:
    found = section(summarise(run))
    assert isinstance(found, Section)
    return markdown(Document("title", ("headline",), sections=(found,)))


def test_a_run_without_streams_has_no_section() -> None:
    assert section(summarise(synthetic_run())) is None


def test_each_target_has_its_cost_of_a_chunk_or_of_a_message() -> None:
    text = said(a_run())
    for target, cost in (("stream_by_hand", 10), ("stream_sse", 30), ("stream_jsonl", 20), ("websocket_echo", 20)):
        (line,) = (line for line in text.splitlines() if f"`{target}`" in line)
        assert "| 1 → 100 | " in line, line
        assert f"| {cost}.0" in line, line
        assert ("message" in line) is (target == "websocket_echo")


def test_a_stream_that_was_left_says_how_its_generator_ended() -> None:
    text = said(a_run(facts={"stream_left:plain_generator": {"closed": False, "by": None, "chunks": 40}}))
    lines = {line.split("`")[1]: line for line in text.splitlines() if line.startswith("| `stream_left")}
    assert "is closed by CancelledError" in lines["stream_left:async_generator"]
    assert "runs to its own end" in lines["stream_left:raw_asgi"]
    assert "is still open" in lines["stream_left:plain_generator"]


def test_what_an_app_says_of_its_stream_is_no_markup() -> None:
    told = {"closed": True, "by": "<script>|`x`", "chunks": 2, "after_ms": 1.0}
    text = said(a_run(facts={"stream_left:raw_asgi": told}))
    assert "<script>" not in text


def test_a_cost_that_failed_is_invalid_and_no_zero() -> None:
    whole = a_run()
    failed = MissingSample.invalid("stream_sse:sse100", Pass.TIMING, "the agent was ended by signal 9")
    kept = tuple(one for one in whole.samples if one.case != failed.case)
    text = said(whole.model_copy(update={"samples": kept, "absences": (failed,)}))
    (line,) = (line for line in text.splitlines() if "`stream_sse`" in line)
    assert "INVALID" in line


def test_the_exports_have_the_cost_of_a_chunk_with_its_interval() -> None:
    run = a_run()
    text = figures(run, summarise(run))
    assert '"metric": "chunk_cpu_us"' in text
    assert '"metric": "message_cpu_us"' in text


def test_a_fact_of_another_kind_is_not_taken_for_a_stream() -> None:
    case = Case(target="own", request="one", over=None, adds="own", description="", leaves_after=2, source_sha256="ab")
    fact = FactSample(case="own:one", status=200, answer={"closed": "maybe"})
    run = synthetic_run().model_copy(update={"cases": (case,), "samples": (fact,), "absences": ()})
    assert section(summarise(run)) is None
