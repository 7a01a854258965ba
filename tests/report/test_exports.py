"""What other tools read of a run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from bench.analysis.run.summary import summarise
from bench.model.run import Run
from bench.report.exports import run as exports_run


@pytest.fixture(scope="module")
def written(run: Run, profiles: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    assert all(path.is_file() for path in exports_run.write(run, profiles, folder))
    return folder


def test_the_table_has_a_number_or_a_reason_in_every_row(written: Path) -> None:
    with (written / "summary.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        assert (row["mean"] != "") == (row["standing"] == "valid")
        assert (row["reasons"] != "") == (row["standing"] != "valid")
    assert {row["case"] for row in rows if row["standing"] == "invalid"} == {
        "starlette_json:rows100",
        "fastapi_dict:rows1000",
    }


def test_json_and_csv_say_the_same(written: Path) -> None:
    with (written / "summary.csv").open(encoding="utf-8") as file:
        table = [(row["case"], row["metric"]) for row in csv.DictReader(file)]
    results = json.loads((written / "summary.json").read_text("utf-8"))["results"]
    assert [(row["case"], row["metric"]) for row in results] == table


def test_every_profile_is_there_folded_and_for_speedscope(written: Path, profiles: dict[str, str]) -> None:
    for file, folded in profiles.items():
        target, request, *served = Path(file).stem.split(".")
        name = ".".join([f"{target}-{request}", *served])
        assert (written / f"{name}.folded").read_text("utf-8") == folded
        exported = json.loads((written / f"{name}.speedscope.json").read_text("utf-8"))
        where = "served by uvicorn, 16 users" if served else "in process"
        assert exported["profiles"][0]["name"] == f"{target}:{request}, {where}"


def test_a_latency_distribution_rises_and_counts_every_request(written: Path, run: Run) -> None:
    load = summarise(run).cases["raw_asgi:rows100"].loads["steady"].value
    assert load is not None
    lines = (written / "raw_asgi-rows100.steady.hgrm").read_text("utf-8").splitlines()
    rows = [[float(cell) for cell in line.split()] for line in lines[2:] if not line.startswith("#")]
    values, shares, counts = [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]
    assert values == sorted(values)
    assert shares[-1] == 1
    assert counts[-1] == load.requests
    assert values[-1] == pytest.approx(load.longest_ms, rel=2e-3)


def test_an_invalid_load_leaves_no_distribution(written: Path) -> None:
    assert not list(written.glob("starlette_json*.hgrm"))
