"""How an app starts, as it is told: in a sentence, in tables, as bars, and to other programs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from bench.analysis.run.summary import summarise
from bench.model.run import MissingSample, Run, Sample
from bench.model.startup import AT_REST, AtRestSample, BuildSample
from bench.model.workload import Pass
from bench.report.document import Figure, Table, walk
from bench.report.exports.run import write
from bench.report.sections.run import startup
from bench.report.words.run import verdicts
from tests.runs import STARTS, a_run

CASE = "routes_200:start"


@pytest.fixture(scope="module")
def run() -> Run:
    run = a_run()
    cases = tuple(case for case in run.cases if case.id in STARTS)
    held = AtRestSample(case=CASE, launch=0, hash_seed=0, live_allocs=11_547, live_bytes=1_200_000)
    built = BuildSample(
        case=CASE,
        launch=0,
        hash_seed=0,
        routes_cpu_ms=60.0,
        dependants_cpu_ms=20.0,
        models_cpu_ms=15.0,
        others_cpu_ms=5.0,
    )
    samples: tuple[Sample, ...] = tuple(one for one in run.samples if one.case in STARTS)
    return run.model_copy(update={"cases": cases, "samples": (*samples, held, built)})


def tables(run: Run) -> dict[str, list[list[str]]]:
    """The texts of each table's cells, by the heading of its first column."""
    section = startup.section(summarise(run))
    assert section is not None
    found = [block for block in walk((section,)) if isinstance(block, Table)]
    return {table.columns[0].title: [[cell.text for cell in row.cells] for row in table.rows] for table in found}


def test_starts_stand_in_the_order_of_their_routes_with_their_steps(run: Run) -> None:
    rows = tables(run)["CPU ms"]
    assert [row[0] for row in rows] == ["routes_1", "routes_20", "routes_200", "routes_1000"]
    assert [float(text) for text in rows[2][1:4]] == pytest.approx([490, 400, 90], rel=0.02)


def test_what_is_held_and_what_building_is_spent_on_is_told(run: Run) -> None:
    found = tables(run)
    assert found["memory"][2][-2:] == ["11,547", "1.2 MB"]
    assert found["memory"][0][-2] == "\N{EN DASH}"
    assert found["share of building"] == [["routes_200", "60.0%", "20.0%", "15.0%", "5.0%"]]


def test_a_route_has_a_price(run: Run) -> None:
    ((names, building, _),) = tables(run)["from"]
    assert "routes_1:start" in names
    assert 400 < float(building) < 500


def test_bars_say_their_steps_to_those_who_cannot_see_them(run: Run) -> None:
    section = startup.section(summarise(run))
    assert section is not None
    (figure,) = [block for block in walk((section,)) if isinstance(block, Figure)]
    assert 'aria-label="routes_200: imports 400' in str(figure.html)


def test_the_headline_has_the_longest_start(run: Run) -> None:
    said = [one for one in verdicts(summarise(run)) if one.startswith("Starting")]
    assert len(said) == 1
    assert said[0].startswith("Starting `routes_1000` takes 8")
    assert "importing libraries" in said[0]


def test_a_start_that_is_missing_is_told_of_once(run: Run) -> None:
    absences = (
        MissingSample.invalid("routes_1:start", Pass.STARTUP, "it fell"),
        MissingSample(
            case="routes_20:start",
            during=Pass.STARTUP,
            scenario=AT_REST,
            kind="skipped",
            reason="no memray",
            this_pass_only=True,
        ),
    )
    section = startup.section(summarise(run.model_copy(update={"absences": absences})))
    assert section is not None
    assert section.blocks[-1].items == (  # type: ignore[attr-defined]
        "`routes_1`, start: INVALID: it fell",
        "`routes_20`, live allocations: skipped: no memray",
    )


def test_a_run_that_started_nothing_says_nothing_of_it(run: Run) -> None:
    assert startup.section(summarise(run.model_copy(update={"samples": ()}))) is None


def test_other_programs_get_every_step_with_its_unit(run: Run, tmp_path: Path) -> None:
    write(run, {}, tmp_path)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "summary.csv").read_text("utf-8"))))
    found = {row["metric"]: row for row in rows if row["case"] == CASE}
    assert {"startup_cpu_ms", "libraries_cpu_ms", "build_cpu_ms", "rest_mb", "live_allocs"} <= found.keys()
    assert (found["startup_cpu_ms"]["unit"], found["startup_cpu_ms"]["n"]) == ("ms", "4")
    assert float(found["startup_cpu_ms"]["low"]) < 490 < float(found["startup_cpu_ms"]["high"])
