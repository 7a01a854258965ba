"""The first minutes: the command without a word, words that are misspelt, and a machine that isn't fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from checkouts import Checkout, in_process
from factories import synthetic_run
from plans import write_target
from typer.testing import CliRunner

from bench.cli.main import FIRST_STEPS, app
from bench.cli.output import warn_if_disturbed
from bench.host import state
from bench.store import documents
from tests.host.test_doctor import QUIET

ID = "20260301T100000Z-quick-00000001"


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """Results with one run, in the place of this checkout's."""
    documents.RUN.save(synthetic_run().model_copy(update={"id": ID, "samples": ()}), tmp_path / "runs")
    return tmp_path


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Exit status, output and errors of a command in this process and this checkout."""
    return partial(in_process, monkeypatch, capsys)


def test_no_word_at_all_is_answered_with_the_first_four(checkout: Checkout) -> None:
    status, out, err = checkout.bench()
    assert (status, out, err) == (2, FIRST_STEPS, "")
    assert max(map(len, out.splitlines())) <= 110
    assert sum(line.startswith("  bench ") for line in out.splitlines()) == 4


MISSPELT = [
    (("lyaers",), "layers"),
    (("compare", "a", "b", "--budgt", "5m"), "--budget"),
    (("layers", "--case", "fastapi_pain"), "did you mean fastapi_plain"),
    (("layers", "--case", "fastapi_plain:rows50"), "did you mean fastapi_plain:rows"),
    (("layers", "--case", "fastapi_*:rows1OO"), "did you mean fastapi_"),
    (("flame", "raw_asgy"), "did you mean raw_asgi"),
    (("memory", "raw_asgy"), "did you mean raw_asgi"),
    (("compare", "", "", "--case", "raw_asgy"), "did you mean raw_asgi"),
    (("compare", ID, ID, "--case", "raw_asgy"), "did you mean raw_asgi"),
    (("compare", f"{ID[:-1]}2", ""), f"did you mean {ID}"),
    (("compare", "results/baselines/fastapi-0.165.json", ""), "did you mean results/baselines/fastapi-0.165.0.json"),
    (("load", "hto"), "did you mean hot"),
    (("serve", "raw_asgy"), "did you mean raw_asgi"),
    (("report", "lastest"), "did you mean latest"),
    (("report", f"{ID[:-1]}2"), f"did you mean {ID}"),
    (("report", "results/sampel"), "did you mean results/sample"),
]


@pytest.mark.parametrize(("words", "meant"), MISSPELT, ids=lambda value: " ".join(value)[:40])
def test_a_misspelt_word_is_answered_with_the_nearest_in_a_line_or_two(
    said: Callable[..., tuple[int, str, str]],
    results: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    meant: str,
) -> None:
    monkeypatch.chdir(root)
    kept = ("--results", str(results)) if words[0] in ("compare", "report") else ()
    status, out, err = said(*words, *kept)
    assert (status, out) == (2, "")
    assert meant in err.replace(f"{root}/", "")
    assert len(err.splitlines()) <= 2


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("compare", "one"), "HEAD"),
        (("load", "hot", "--rate", "many"), "--rate"),
        (("report", "a", "b"), "extra argument"),
    ],
)
def test_words_that_make_no_command_are_said_in_a_line_with_where_to_read_on(
    said: Callable[..., tuple[int, str, str]], words: tuple[str, ...], wrong: str
) -> None:
    status, _, err = said(*words)
    assert status == 2
    assert wrong in err
    assert "--help`" in err
    assert len(err.splitlines()) == 1


def test_a_misspelt_word_is_the_same_to_a_process_of_its_own(checkout: Checkout) -> None:
    write_target(checkout.targets, "fine", "")
    status, out, err = checkout.bench("layers", "--case", "fime")
    assert (status, out, err) == (2, "", "bench: no case matches 'fime', see `bench list`; did you mean fine?\n")


def test_the_doctor_says_what_it_saw_as_lines_and_as_json(here: Checkout) -> None:
    status, out, _ = here.bench("doctor", "--json")
    told = json.loads(out)
    assert status == (3 if told["fitness"] == "unfit" else 0)
    assert {"cores", "contention", "other processes", "self-test"} <= {one["about"] for one in told["findings"]}
    assert all(one["step"] for one in told["findings"] if one["fitness"] != "fit")


@pytest.mark.parametrize(("share", "status"), [(0.01, 0), (0.1, 0), (0.5, 3)])
def test_only_an_unfit_machine_fails_the_doctor(monkeypatch: pytest.MonkeyPatch, share: float, status: int) -> None:
    noise = QUIET.noise.model_copy(update={"stolen_share": share})
    monkeypatch.setattr(state, "look", lambda *_: replace(QUIET, noise=noise))
    assert CliRunner().invoke(app, ["doctor"]).exit_code == status


@pytest.mark.parametrize(("share", "lines"), [(0.01, 0), (0.3, 1)])
def test_what_was_measured_beside_others_names_the_next_step(
    capsys: pytest.CaptureFixture[str], share: float, lines: int
) -> None:
    warn_if_disturbed([QUIET.noise, QUIET.noise.model_copy(update={"stolen_share": share})])
    assert capsys.readouterr().err.count("`bench doctor`") == lines


def test_the_figures_of_a_run_are_had_as_json_and_nothing_is_rendered(
    said: Callable[..., tuple[int, str, str]], results: Path
) -> None:
    status, out, err = said("report", ID, "--json", "--results", str(results))
    assert status == 0, err
    assert json.loads(out)["run"] == ID
    assert [file.name for file in (results / "runs" / ID).iterdir()] == ["run.json"]
    status, _, err = said("report", "--json")
    assert (status, "NAME" in err) == (2, True)


def test_a_comparison_is_had_as_json_whole(said: Callable[..., tuple[int, str, str]], root: Path) -> None:
    status, out, err = said("report", str(root / "results" / "sample" / "comparison"), "--json")
    assert status == 0, err
    assert {one["verdict"] for one in json.loads(out)["results"]} == {"faster", "equivalent"}
