"""A run's connections as they are told: sentences, two tables, the limit of open files, and what failed."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from factories import synthetic_run
from held import held_level, held_sample

from bench.analysis.run.summary import summarise
from bench.model.connections import RequestWindows
from bench.model.run import MissingSample, Run
from bench.model.workload import Pass
from bench.report.document import Section, Table
from bench.report.documents.run import document
from bench.report.exports import run as exports
from bench.report.renderers.markdown import markdown
from bench.report.sections.run import connections


def run_with(*samples: Any, absences: tuple[MissingSample, ...] = ()) -> Run:
    run = synthetic_run()
    return run.model_copy(update={"samples": (*run.samples, *samples), "absences": (*run.absences, *absences)})


def section(*samples: Any, absences: tuple[MissingSample, ...] = ()) -> Section:
    found = connections.section(summarise(run_with(*samples, absences=absences)))
    assert found is not None
    return found


def told(found: Section) -> str:
    return str(found.blocks)


def test_a_run_that_held_nothing_has_no_section() -> None:
    assert connections.section(summarise(synthetic_run())) is None


def test_memory_cpu_and_what_a_new_connection_costs_are_said_and_in_tables() -> None:
    samples = [held_sample(launch=at, levels=(held_level(each_kb=12 + at), held_level(10_000))) for at in range(3)]
    found = section(*samples)
    assert "An idle connection to `fastapi_plain:plain` takes 13 ± 2 kB of the server's memory" in told(found)
    assert "takes 80.0" in told(found)
    held, fresh = (block for block in found.blocks if isinstance(block, Table))
    assert [row.cells[2].text for row in held.rows] == ["1,000", "10,000"]
    assert [cell.text for cell in fresh.rows[0].cells[1:]] == ["100.03", "180.0", "+80.0"]


def test_too_few_files_are_one_sentence_with_the_number_that_was_possible_and_the_next_step() -> None:
    short = {"asked": 10_000, "file_limit": 1_024, "levels": (held_level(wanted=924),)}
    found = told(section(held_sample(**short), held_sample("raw_asgi:plain", **short)))
    assert found.count("Only 924 of 10,000 idle connections were possible") == 1
    assert "1,024 files" in found
    assert "`sudo prlimit --pid $$ --nofile=10100`" in found


@pytest.mark.parametrize(("holds", "word"), [("stream", "idle stream "), ("websocket", "idle WebSocket ")])
def test_streams_and_websockets_are_called_by_their_name(holds: str, word: str) -> None:
    nothing = RequestWindows()
    found = told(
        section(
            held_sample(holds=holds, kept=nothing, fresh=nothing, alone=nothing, levels=(held_level(busy=nothing),))
        )
    )
    assert f"An {word}to `fastapi_plain:plain`" in found
    assert "new connection" not in found


def test_what_could_not_be_measured_says_why() -> None:
    absence = MissingSample.invalid("raw_asgi:plain", Pass.CONNECTIONS, "the server closed the connection")
    found = told(section(held_sample(), absences=(absence,)))
    assert "`raw_asgi:plain` INVALID: the server closed the connection" in found


def test_the_exports_and_the_comment_have_them(tmp_path: Path) -> None:
    run = run_with(held_sample(), held_sample(launch=1))
    exports.write(run, {}, tmp_path)
    rows = {
        (row["case"], row["metric"]): row for row in csv.DictReader(io.StringIO((tmp_path / "summary.csv").read_text()))
    }
    each = rows["fastapi_plain:plain", "connections/1000/each_kb"]
    assert (float(each["mean"]), each["unit"], each["n"]) == (pytest.approx(12.0), "kB", "2")
    assert ("fastapi_plain:plain", "connections/fresh_added_us") in rows
    results = json.loads((tmp_path / "summary.json").read_text())["results"]
    assert any(row["metric"] == "connections/1000/busy_added_us" for row in results)
    assert "## Connections" in markdown(document(run, {}))
