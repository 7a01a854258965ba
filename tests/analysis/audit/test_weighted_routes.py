"""Weights of routes, and the parts of a service."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.analysis.audit.weighted_routes import (
    are_weighted,
    divided,
    service_parts,
    weighted_mean,
    weighted_routes,
    weighted_sum,
)
from bench.stats.intervals import Estimate
from tests.audits import TIMING, sample_figures, wide_figures


def test_weights_of_valid_routes_add_up_to_one_and_the_dearest_is_first() -> None:
    routes = weighted_routes(sample_figures())
    assert sum(route.weight for route in routes) == pytest.approx(1)
    costs = [route.cost_us for route in routes]
    assert costs == sorted(costs, reverse=True)
    assert "GET /v1/report" not in [route.figures.route for route in routes]


def test_without_weights_each_route_counts_the_same() -> None:
    figures = wide_figures(10)
    assert {route.weight for route in weighted_routes(figures)} == {0.1}
    assert not are_weighted(figures)
    assert are_weighted(sample_figures())


def test_a_route_that_nobody_asks_for_weighs_nothing_beside_the_others() -> None:
    first, *others = wide_figures(3).routes
    figures = wide_figures(3).model_copy(update={"routes": (first.model_copy(update={"weight": 4.0}), *others)})
    assert [route.weight for route in weighted_routes(figures)] == [1, 0, 0]


def test_parts_of_a_service_add_up_to_its_weighted_routes_but_for_the_residual() -> None:
    routes = weighted_routes(sample_figures())
    parts = sum(one.cpu_us.mean for one in service_parts(routes))
    whole = sum(route.cost_us for route in routes)
    assert parts == pytest.approx(whole - 6.4)


def test_a_service_is_divided_by_the_routes_whose_parts_are_known() -> None:
    routes = weighted_routes(wide_figures(4))
    bare = routes[0].figures.model_copy(update={"parts": ()})
    known = divided([replace(routes[0], figures=bare), *routes[1:]])
    assert len(known) == 3
    assert sum(route.weight for route in known) == pytest.approx(1)
    assert divided([replace(routes[0], figures=bare)]) == ()


def test_an_average_over_some_routes_is_over_their_weights() -> None:
    one, other = Estimate(10, 7, 13, 5), Estimate(20, 16, 24, 4)
    assert weighted_mean([(0.1, one), (0.1, other)]) == weighted_sum([(0.5, one), (0.5, other)])
    assert weighted_mean([(0.0, one)]) is None


def test_handlers_are_one_part_and_each_middleware_is_its_own() -> None:
    found = {(one.part.kind, one.part.name): one for one in service_parts(weighted_routes(sample_figures()))}
    assert [name for kind, name in found if kind == "handler"] == ["handler"]
    assert found["middleware", TIMING].cpu_us.mean == pytest.approx(372)
    assert len(found["middleware", TIMING].routes) == 8


def test_a_sum_has_an_interval_when_all_of_it_has() -> None:
    one, other = Estimate(10, 7, 13, 5), Estimate(20, 16, 24, 4)
    both = weighted_sum([(0.5, one), (0.5, other)])
    assert both == Estimate(15, 12.5, 17.5, 4)
    assert weighted_sum([(0.5, one), (0.5, Estimate(20, None, None, 1))]) == Estimate(15, None, None, 1)
    assert weighted_sum([]) is None
