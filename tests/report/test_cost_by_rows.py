"""The picture of serialisers over rows: who is in it, and which crossings are beyond doubt."""

from __future__ import annotations

import pytest

from bench.analysis.run.summary import summarise
from bench.report.figures.cost_by_rows import FLOOR, serialisers
from tests.factories import synthetic_run
from tests.runs import a_summary, the_whole, without


def test_what_makes_its_response_is_drawn_over_the_floor_dearest_first() -> None:
    found = serialisers(the_whole())
    assert found is not None
    assert next(iter(found.costs)) == "fastapi_dict"
    assert list(found.costs)[-1] == FLOOR
    assert found.counts == (1, 10, 100, 1000, 10_000)
    assert [name for name, _ in found.legend] == list(found.costs)
    assert len({css for _, css in found.legend}) == len(found.legend)


def test_two_numbers_of_rows_make_no_picture() -> None:
    assert serialisers(without(the_whole(), "rows10:", "rows100", "rows1000", "rows10000")) is None
    assert serialisers(without(the_whole(), "rows1000", "rows100")) is None


def test_a_crossing_says_between_which_numbers_it_lies() -> None:
    found = serialisers(the_whole())
    assert found is not None
    crossing = next(one for one in found.crossings if one.cheaper == "fastapi_response_model")
    assert (crossing.dearer, crossing.low, crossing.high) == ("fastapi_json_response", 10, 100)
    assert 10 < crossing.rows < 100
    assert crossing.sentence.startswith("From about 26 rows (measured at 10 and 100), `fastapi_response_model`")


def test_a_crossing_that_one_side_leaves_open_is_not_told() -> None:
    alike = {"fastapi_response_model:rows10": 45.5, "fastapi_return_type:rows10": 45.5}
    for summary in (a_summary(alike), a_summary(launches=1)):
        found = serialisers(summary)
        assert found is not None
        assert "fastapi_response_model" not in {one.cheaper for one in found.crossings}


def test_every_point_is_drawn_and_says_what_it_is() -> None:
    found = serialisers(the_whole())
    assert found is not None
    for svg in found.svg.values():
        assert "fastapi_json_response, 10,000 rows: 5,540 µs" in svg
        assert svg.count('aria-roledescription="point"') == pytest.approx(sum(len(one) for one in found.costs.values()))


def test_a_run_of_the_main_chain_has_a_picture() -> None:
    assert serialisers(summarise(synthetic_run())) is not None
