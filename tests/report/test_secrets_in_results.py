"""Whatever quotes a value that stood for a variable: no file of a result has it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from factories import synthetic_run

from bench.model.run import MissingSample
from bench.model.workload import Pass
from bench.report.publish import publish
from bench.store import documents
from bench.text import secrets
from bench.text.variables import expanded

SECRET = "t0ken/of <ada> 99"


@pytest.fixture(autouse=True)
def known() -> Iterator[None]:
    expanded("Bearer ${TOKEN}", {"TOKEN": SECRET})
    yield
    secrets.forget()


def test_no_file_of_a_run_has_a_secret_that_failures_and_paths_quote(tmp_path: Path) -> None:
    run = synthetic_run()
    reasons = (f"fails: ValueError: {SECRET!r}", "GET /x?key=t0ken%2Fof%20%3Cada%3E%2099 hangs", f"cut: {SECRET[:11]}")
    absences = tuple(
        MissingSample(case=run.cases[at].id, during=Pass.TIMING, kind="invalid", reason=reason)
        for at, reason in enumerate(reasons)
    )
    run = run.model_copy(update={"absences": (*run.absences, *absences), "command": ("layers", f"--case={SECRET}")})
    folder = documents.RUN.save(run, tmp_path).parent
    for sample in run.samples:
        if sample.kind == "profile":
            (folder / sample.file).parent.mkdir(exist_ok=True)
            (folder / sample.file).write_text("a;b 1\n")
    publish(run, folder)
    written = [file for file in folder.rglob("*") if file.is_file()]
    assert {file.suffix for file in written} >= {".json", ".html", ".csv"}
    for file in written:
        text = file.read_text("utf-8")
        assert "t0ken" not in text, file
    assert "${TOKEN}" in (folder / "report.html").read_text("utf-8")
