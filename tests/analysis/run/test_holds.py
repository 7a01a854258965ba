"""Of all launches of a case the longest hold is told, for each place where it was measured."""

from __future__ import annotations

from factories import synthetic_run

from bench.analysis.run.holds import LoopHold, loop_holds
from bench.model.load import LoadSample
from bench.model.run import MemorySample, Run, Sample
from bench.report.document import Bullets, Prose, Table, walk
from bench.report.sections.run import holds


def held(hold_ms: float, hold_at: str | None) -> Run:
    """Every second launch of all cases is the shorter one."""
    run = synthetic_run()

    def changed(sample: Sample) -> Sample:
        if not isinstance(sample, MemorySample | LoadSample):
            return sample
        shorter = sample.launch % 2 == 1
        update = {"hold_ms": hold_ms / 2, "hold_at": None} if shorter else {"hold_ms": hold_ms, "hold_at": hold_at}
        return sample.model_copy(update=update)

    return run.model_copy(update={"samples": tuple(map(changed, run.samples))})


def test_a_run_that_did_not_look_says_nothing() -> None:
    assert loop_holds(synthetic_run()) == ()
    assert holds.section(synthetic_run()) is None


def test_the_longest_of_all_launches_is_told_for_each_place() -> None:
    found = loop_holds(held(100.0, "app.py:18 time.sleep"))
    assert found[0] == LoopHold("raw_asgi:rows100", "steady", 100.0, "app.py:18 time.sleep")
    assert {(one.hold_ms, one.at) for one in found} == {(100.0, "app.py:18 time.sleep")}
    assert {one.where for one in found} == {"in process", "steady", "paced"}
    assert len({(one.case, one.where) for one in found}) == len(found)


def test_a_terminal_gets_the_longest_with_their_lines_and_a_page_gets_all() -> None:
    run = held(100.0, "app.py:18 time.sleep")
    section = holds.section(run)
    assert section is not None
    (bullets,) = (one for one in walk((section,)) if isinstance(one, Bullets))
    assert bullets.items[0] == "`raw_asgi:rows100`: 100.0 ms at app.py:18 time.sleep, under steady"
    assert bullets.items[-1].endswith("more; see the page")
    (table,) = (one for one in walk((section,)) if isinstance(one, Table))
    assert len(table.rows) == len(loop_holds(run))


def test_short_steps_are_one_sentence() -> None:
    section = holds.section(held(0.7, None))
    assert section is not None
    said = [one.text for one in walk((section,)) if isinstance(one, Prose) and one.shown != "page"]
    assert said == ["None above 5 ms: at most 0.70 ms, in raw_asgi:rows100 under steady."]
