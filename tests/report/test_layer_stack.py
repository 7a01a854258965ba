"""The geometry of the layer cake."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.analysis.run.summary import summarise
from bench.model.run import Run
from bench.report.figures.axes import Scale
from bench.report.figures.layer_stack import LayerStack, cakes
from bench.report.figures.palette import case_classes


@pytest.fixture
def by_request(run: Run) -> dict[str, LayerStack]:
    return {cake.request: cake for cake in cakes(summarise(run))}


def test_every_timed_request_has_a_cake_and_no_other(by_request: dict[str, LayerStack]) -> None:
    assert list(by_request) == ["plain", "rows1", "rows100", "rows1000", "csv1000"]


def test_children_stand_below_their_parents(by_request: dict[str, LayerStack]) -> None:
    assert [(row.summary.case.target, row.depth) for row in by_request["rows1"].rows] == [
        ("raw_asgi", 0),
        ("starlette_plain", 1),
        ("starlette_json", 2),
        ("fastapi_plain", 2),
        ("fastapi_dict", 3),
        ("fastapi_response_model", 3),
        ("fastapi_orjson", 4),
    ]


def test_segments_lie_end_to_end_and_a_saving_runs_back(by_request: dict[str, LayerStack]) -> None:
    row = next(row for row in by_request["rows1000"].rows if row.summary.case.target == "fastapi_orjson")
    starts, ends = [s.start_us for s in row.segments], [s.end_us for s in row.segments]
    assert starts == [0.0, *ends[:-1]]
    saving = row.segments[-1]
    assert saving.saves
    assert (saving.left_us, saving.left_us + saving.width_us) == pytest.approx((saving.end_us, saving.start_us))


def test_an_outlier_is_cut_off_so_that_the_others_can_be_seen(by_request: dict[str, LayerStack]) -> None:
    cake = by_request["rows1000"]
    cut = [row.summary.case.target for row in cake.rows if cake.scale.cuts(row.longest_us)]
    assert cut == ["fastapi_dict"]


def test_a_label_stands_in_its_block_off_what_covers_it_and_off_the_zigzag(by_request: dict[str, LayerStack]) -> None:
    cake = by_request["rows1000"]
    rows = {row.summary.case.target: row for row in cake.rows}
    saving = rows["fastapi_orjson"]
    at = [saving.label_at(index, cake.scale) for index in range(len(saving.segments))]
    assert at[0] is None
    assert at[-2] is not None
    last = saving.segments[-1]
    assert at[-1] == pytest.approx(cake.scale.percent(last.left_us + last.width_us / 2), abs=0.1)
    halved = replace(last, end_us=saving.segments[-2].start_us + 1)
    covered = replace(saving, segments=(*saving.segments[:-1], halved))
    assert covered.label_at(len(saving.segments) - 2, cake.scale) is None
    cut = rows["fastapi_dict"]
    assert cake.scale.cuts(cut.longest_us)
    assert all((at := cut.label_at(index, cake.scale)) is None or at < 90 for index in range(len(cut.segments)))


def test_a_known_layer_has_its_colour_a_root_is_grey_and_the_others_differ(run: Run) -> None:
    classes = case_classes(run.cases)
    assert (classes["FastAPI"], classes["Starlette"], classes["raw ASGI"]) == (
        "layer-fastapi",
        "layer-starlette",
        "root",
    )
    assert len(set(classes.values())) == len(classes)


@settings(deadline=None)
@given(st.lists(st.just(0.0) | st.floats(min_value=1e-6, max_value=1e9), max_size=20), st.booleans())
def test_a_scale_holds_all_but_what_it_cuts_which_is_a_quarter_at_most(values: list[float], cut_outliers: bool) -> None:
    scale = Scale.over(values, cut_outliers)
    assert all(0 <= scale.percent(value) <= 100 for value in values)
    assert sum(scale.cuts(value) for value in values) <= (len(values) // 4 if cut_outliers else 0)
    assert 3 <= len(scale.ticks) <= 7
    assert scale.ticks[0] == 0
    assert scale.ticks[-1] <= scale.most
