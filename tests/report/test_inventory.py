"""Lists show what there is as it is spelt."""

from __future__ import annotations

import pytest

from bench.model.scenario import Scenario
from bench.model.workload import Request, Target
from bench.report.documents.inventory import document
from bench.report.stored import Inventory, StoredComparison, StoredRun
from tests.widths import assert_whole, printed


def target(name: str, over: str | None, adds: str, *requests: str) -> Target:
    found = {request: Request(path="/") for request in requests}
    return Target(name=name, description="", over=over, adds=adds, requests=found, source_sha256="")


def inventory(*runs: StoredRun, comparisons: tuple[StoredComparison, ...] = ()) -> Inventory:
    return Inventory(
        targets=(target("raw_asgi", None, "raw ASGI", "plain", "rows1"), target("typed", "raw_asgi", "list[int]", "a")),
        cases=("raw_asgi:plain", "raw_asgi:rows1", "typed:a"),
        scenarios=(Scenario(name="hot", description="Back to [back].", users=16, duration_s=4.0),),
        runs=runs,
        comparisons=comparisons,
    )


def said(found: Inventory, width: int = 120) -> str:
    return printed(document(found), width)


def row(found: Inventory, first: str) -> list[str]:
    (only,) = [line.split() for line in said(found).splitlines() if line.split()[:1] == [first]]
    return only


def test_every_width_of_a_terminal_shows_everything() -> None:
    compared = StoredComparison(id="20260301T101500Z-default-0000abcd", base="a==1", complete=True, verdict="SLOWER.")
    found = inventory(StoredRun(id="one", problem="isn't JSON"), comparisons=(compared,))
    assert_whole(document(found))


def test_targets_are_listed_with_what_they_add_and_their_requests_in_order() -> None:
    assert row(inventory(), "raw_asgi") == ["raw_asgi", "raw", "ASGI", "plain", "rows1"]
    assert row(inventory(), "typed") == ["typed", "list[int]", "a"]


def test_a_target_is_indented_below_the_one_that_it_stands_over() -> None:
    lines = said(inventory()).splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("  raw_asgi"))
    assert lines[at + 1].startswith("    typed ")


@pytest.mark.parametrize("width", [80, 100])
def test_many_requests_wrap_between_words(width: int) -> None:
    names = [f"rows{10**power}" for power in range(12)]
    one = target("fastapi_response_model_dicts", None, "a list of dicts by a response model", *names)
    found = inventory().model_copy(update={"targets": (one,)})
    assert set(names) <= set(said(found, width).split())


def test_scenarios_are_listed_with_who_asks_and_how_long() -> None:
    assert row(inventory(), "hot") == ["hot", "closed", "16", "4", "Back", "to", "[back]."]


def test_a_folder_without_runs_says_how_to_make_one() -> None:
    assert "No runs yet; bench run makes one." in said(inventory())
    assert "No comparisons yet; bench compare BASE HEAD makes one." in said(inventory())


def test_runs_are_listed_with_what_is_the_matter_with_them() -> None:
    found = inventory(
        StoredRun(id="one", effort="quick", complete=True, fastapi="0.165.0"),
        StoredRun(id="two", effort="full", complete=False, fastapi="0.115.6"),
        StoredRun(id="three", problem="isn't JSON [line 1]"),
        StoredRun(id="[bold]four[/bold]", effort="[red]", complete=True, fastapi="[link]"),
    )
    assert row(found, "one") == ["one", "quick", "0.165.0"]
    assert row(found, "two") == ["two", "full", "0.115.6", "interrupted"]
    assert row(found, "three") == ["three", "isn't", "JSON", "[line", "1]"]
    assert row(found, "[bold]four[/bold]") == ["[bold]four[/bold]", "[red]", "[link]"]


def test_comparisons_are_listed_with_their_verdict_or_what_is_the_matter_with_them() -> None:
    compared = StoredComparison(id="one", base="a==1 [b]", head="", complete=True, verdict="SLOWER: `x:y` [/c].")
    found = inventory(
        comparisons=(
            compared,
            compared.model_copy(update={"id": "two", "complete": False}),
            StoredComparison(id="three", problem="isn't JSON [line 1]"),
        )
    )
    told = "a==1 [b] → the default stack: SLOWER: x:y [/c]."
    assert " ".join(row(found, "one")) == f"one {told}"
    assert " ".join(row(found, "two")) == f"two interrupted; {told}"
    assert row(found, "three") == ["three", "isn't", "JSON", "[line", "1]"]


def test_a_narrow_terminal_breaks_words_rather_than_dropping_them() -> None:
    found = inventory(StoredRun(id="20260301T101500Z-default-0000abcd", problem="x" * 90))
    assert said(found, 80).count("x") >= 90
    assert "…" not in said(found, 80)
