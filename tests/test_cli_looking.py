"""`bench report` and `bench list` as a user meets them: runs and comparisons alike, and nothing passed over."""

from __future__ import annotations

import json

from checkouts import Checkout
from comparisons import comparison, measured
from factories import synthetic_run
from plans import write_target

from bench import compare, store
from bench.pairs import Comparison

VERDICT = "Not slower by 3.0% or more anywhere; 1 equivalent."


def compared() -> Comparison:
    found = comparison("a").model_copy(update={"samples": tuple(measured("a", 1.0, {"pilot": 12})), "complete": True})
    return found.model_copy(update={"results": compare.results(found)})


def test_a_comparison_is_rendered_again_by_its_id_its_file_and_as_the_latest(checkout: Checkout) -> None:
    found = compared()
    file = store.save_comparison(found, checkout.runs.parent / "comparisons")
    run = synthetic_run().model_copy(update={"id": "20250101T000000Z-quick-00000001", "samples": ()})
    store.save(run, checkout.runs)
    for name in (found.id, str(file), "latest"):
        status, out, err = checkout.bench("report", name)
        assert status == 0, err
        assert VERDICT in " ".join(out.split())
        assert "comparison.html" in out
        page = file.parent / "comparison.html"
        assert VERDICT in page.read_text()
        assert (file.parent / "exports" / "junit.xml").exists()
        page.unlink()


def test_the_latest_is_a_run_when_that_is_newer(checkout: Checkout) -> None:
    store.save_comparison(compared(), checkout.runs.parent / "comparisons")
    run = synthetic_run().model_copy(update={"id": "20990101T000000Z-quick-00000001", "samples": (), "absences": ()})
    file = store.save(run, checkout.runs)
    assert checkout.bench("report", "latest")[0] == 0
    assert (file.parent / "report.html").exists()


def test_a_comparison_that_was_killed_outright_is_judged_when_it_is_shown(checkout: Checkout) -> None:
    found = compared().model_copy(update={"results": (), "complete": False})
    file = store.save_comparison(found, checkout.runs.parent / "comparisons")
    status, out, err = checkout.bench("report", found.id)
    assert status == 0, err
    assert VERDICT in out
    assert "It was interrupted" in (file.parent / "comparison.html").read_text()


def test_comparisons_are_listed_and_one_that_can_not_be_read_is_named(checkout: Checkout) -> None:
    write_target(checkout.targets, "fine", "")
    folder = checkout.runs.parent / "comparisons"
    store.save_comparison(compared(), folder)
    (folder / "20990101T000000Z-broken").mkdir()
    (folder / "20990101T000000Z-broken" / "comparison.json").write_text("{")
    fine, broken = json.loads(checkout.bench("list", "--json")[1])["comparisons"]
    assert (fine["base"], fine["head"], fine["verdict"]) == ("fastapi==0.129.2", "fastapi==0.130.0", VERDICT)
    assert "isn't JSON" in broken["problem"]
    status, out, _ = checkout.bench("list")
    assert status == 0
    assert VERDICT in " ".join(out.split())
    assert "20990101T000000Z-broken" in out


def test_without_a_name_an_index_of_everything_is_written_and_named(checkout: Checkout) -> None:
    found = compared()
    store.save_comparison(found, checkout.runs.parent / "comparisons")
    status, out, err = checkout.bench("report")
    assert status == 0, err
    page = checkout.runs.parent / "index.html"
    assert str(page) in out
    assert found.id in page.read_text()
