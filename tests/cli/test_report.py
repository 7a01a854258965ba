"""`bench report` and `bench list` as a user meets them: whatever is stored, and nothing passed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from checkouts import Checkout
from comparisons import comparison, measured
from factories import synthetic_run
from plans import write_target

from bench.analysis.comparison import verdicts as analysis
from bench.model.comparison import Comparison
from bench.model.heap import Heaps, HeapSample
from bench.store import documents
from bench.store.files import write_atomically
from tests.profile_runs import flames, heap_pair, heap_pairs, profile_pairs, write_flames, write_heap_pairs

VERDICT = "No case is slower by 3.0% or more; 1 equivalent."


def compared() -> Comparison:
    found = comparison("a").model_copy(update={"samples": tuple(measured("a", 1.0, {"pilot": 12})), "complete": True})
    return found.model_copy(update={"results": analysis.results(found)})


def test_a_comparison_is_rendered_again_by_its_id_its_file_and_as_the_latest(here: Checkout) -> None:
    found = compared()
    file = documents.COMPARISON.save(found, here.runs.parent / "comparisons")
    run = synthetic_run().model_copy(update={"id": "20250101T000000Z-quick-00000001", "samples": ()})
    documents.RUN.save(run, here.runs)
    for name in (found.id, str(file), "latest"):
        status, out, err = here.bench("report", name)
        assert status == 0, err
        assert VERDICT in " ".join(out.split())
        assert "comparison.html" in out
        page = file.parent / "comparison.html"
        assert VERDICT in page.read_text()
        assert (file.parent / "exports" / "junit.xml").exists()
        page.unlink()


def test_the_latest_is_a_run_when_that_is_newer(here: Checkout) -> None:
    documents.COMPARISON.save(compared(), here.runs.parent / "comparisons")
    run = synthetic_run().model_copy(update={"id": "20990101T000000Z-quick-00000001", "samples": (), "absences": ()})
    file = documents.RUN.save(run, here.runs)
    assert here.bench("report", "latest")[0] == 0
    assert (file.parent / "report.html").exists()


def test_a_comparison_that_was_killed_outright_is_judged_when_it_is_shown(here: Checkout) -> None:
    found = compared().model_copy(update={"results": (), "complete": False})
    file = documents.COMPARISON.save(found, here.runs.parent / "comparisons")
    status, out, err = here.bench("report", found.id)
    assert status == 0, err
    assert VERDICT in out
    assert "Interrupted: " in (file.parent / "comparison.html").read_text()


def test_comparisons_are_listed_and_one_that_can_not_be_read_is_named(here: Checkout) -> None:
    write_target(here.targets, "fine", "")
    folder = here.runs.parent / "comparisons"
    documents.COMPARISON.save(compared(), folder)
    (folder / "20990101T000000Z-broken").mkdir()
    (folder / "20990101T000000Z-broken" / "comparison.json").write_text("{")
    fine, broken = json.loads(here.bench("list", "--json")[1])["comparisons"]
    assert (fine["base"], fine["head"], fine["verdict"]) == ("fastapi==0.129.2", "fastapi==0.130.0", VERDICT)
    assert "isn't JSON" in broken["problem"]
    status, out, _ = here.bench("list")
    assert status == 0
    assert VERDICT in " ".join(out.split())
    assert "20990101T000000Z-broken" in out


def test_without_a_name_an_index_of_everything_is_written_and_named(here: Checkout) -> None:
    found = compared()
    documents.COMPARISON.save(found, here.runs.parent / "comparisons")
    status, out, err = here.bench("report")
    assert status == 0, err
    page = here.runs.parent / "index.html"
    assert str(page) in out
    assert found.id in page.read_text()


def inside(checkout: Checkout, of: str) -> Path:
    """Flames or heaps of two stacks, the flames interrupted after two launches."""
    folder: Path = checkout.runs.parent / of / "20260301T101500Z-00000007"
    if of == "flames":
        write_flames(folder, flames(profile_pairs(2)).model_copy(update={"complete": False}))
    else:
        pairs = heap_pairs([heap_pair(launch, {"json": 4}, {"json": 5}) for launch in range(3)])
        write_heap_pairs(folder, pairs, {("run:a", "run:a:5"): 1000}, {("run:a", "run:a:7"): 3000})
    return folder


@pytest.mark.parametrize(
    ("of", "page", "said"),
    [
        ("flames", "flame.html", "µs per request while profiled"),
        (
            "heaps",
            "memory.html",
            "The memory peak of one request of a:b changed by +2.00 ± 0.00 kB (1.00 before, 3.00 after)",
        ),
    ],
)
def test_what_was_seen_inside_two_stacks_is_rendered_again_by_its_id_its_file_and_as_the_latest(
    here: Checkout, of: str, page: str, said: str
) -> None:
    folder = inside(here, of)
    documents.COMPARISON.save(
        compared().model_copy(update={"id": "20250101T000000Z-1"}), here.runs.parent / "comparisons"
    )
    (file,) = folder.glob("*.json")
    for name in (folder.name, str(file), "latest"):
        status, out, err = here.bench("report", name)
        assert status == 0, err
        assert said in " ".join(out.split())
        assert ("Interrupted: " in out) == (of == "flames")
        assert (folder / page).exists()
        assert (folder / "exports" / "a-b.difference.folded").exists()
        (folder / page).unlink()


def test_a_comparison_is_rendered_again_with_the_profiles_of_what_changed(here: Checkout) -> None:
    found = compared()
    folder = documents.COMPARISON.save(found, here.runs.parent / "comparisons").parent
    write_flames(folder / "flames", flames(profile_pairs(2)))
    status, out, err = here.bench("report", found.id)
    assert status == 0, err
    assert "Where the time of the largest changes went" in out
    assert (folder / "flames" / "flame.html").exists()
    assert 'href="flames/flame.html"' in (folder / "comparison.html").read_text()
    (folder / "flames" / "flames.json").write_text("{")
    status, out, err = here.bench("report", found.id)
    assert (status, VERDICT in " ".join(out.split()), "isn't JSON" in err) == (0, True, True)


@pytest.mark.parametrize("version", [0, 99])
def test_flames_of_another_layercake_are_refused_in_a_line(here: Checkout, version: int) -> None:
    folder = inside(here, "flames")
    kept = json.loads((folder / "flames.json").read_text())
    (folder / "flames.json").write_text(json.dumps({**kept, "schema_version": version}))
    status, _, err = here.bench("report", folder.name)
    assert status == 2
    assert f"has schema version {version}, this layercake reads 1" in " ".join(err.split())
    assert "Traceback" not in err


def test_stacks_that_are_damaged_or_lie_elsewhere_are_refused_in_a_line(here: Checkout) -> None:
    folder = inside(here, "heaps")
    (file,) = folder.glob("heap/a.b.head.1.*")
    file.write_text("no stack at all")
    status, _, err = here.bench("report", folder.name)
    assert (status, "Traceback" in err) == (2, False)
    assert "or damaged" in err
    kept = (folder / "heap-pairs.json").read_text().replace(f"heap/{file.name}", "../../../pyproject.toml")
    (folder / "heap-pairs.json").write_text(kept)
    status, _, err = here.bench("report", folder.name)
    assert (status, "outside" in err) == (2, True)


def test_what_was_seen_inside_two_stacks_is_listed_and_in_the_index(here: Checkout) -> None:
    write_target(here.targets, "fine", "")
    for of in ("flames", "heaps"):
        inside(here, of)
    broken = here.runs.parent / "heaps" / "20990101T000000Z-broken"
    broken.mkdir()
    (broken / "heap-pairs.json").write_text("{")
    found = json.loads(here.bench("list", "--json")[1])["differences"]
    assert [(one["of"], one["complete"], one["cases"]) for one in found[:2]] == [
        ("time", False, ["a:b"]),
        ("memory", True, ["a:b"]),
    ]
    assert "isn't JSON" in found[2]["problem"]
    said = " ".join(here.bench("list")[1].split())
    assert "time interrupted; fastapi==0.139.2 → fastapi==0.140.0: a:b" in said
    assert here.bench("report")[0] == 0
    index = (here.runs.parent / "index.html").read_text()
    assert index.count("fastapi==0.139.2 → fastapi==0.140.0") == 2
    assert broken.name in index


def test_a_runs_heaps_are_rendered_again_with_it(here: Checkout) -> None:
    run = synthetic_run().model_copy(update={"samples": (), "absences": ()})
    folder = documents.RUN.save(run, here.runs).parent
    sample = HeapSample(case="a:b", hash_seed=1, body_bytes=1, peak_bytes=9, peak_file="heap/a.b.peak.folded")
    heaps = Heaps(id=run.id, harness_version="0.1.0", stack=run.stack, host=run.host, samples=(sample,))
    write_atomically(folder / "heaps.json", heaps.model_dump_json())
    write_atomically(folder / sample.peak_file, "run:a;run:a:5 9\n")
    status, out, err = here.bench("report", run.id)
    assert status == 0, err
    assert "One request of a:b holds 9 B" in out
    assert (folder / "memory.html").exists()
    assert (folder / "report.html").exists()
    write_target(here.targets, "fine", "")
    assert "memory line by line: a:b" in " ".join(here.bench("list")[1].split())
