"""Flame graphs of an audit lie in its folder, and its page knows where each is."""

from __future__ import annotations

from pathlib import Path

from bench.report import audit_flames
from bench.report.publish import publish
from bench.store import documents
from bench.store.files import write_files
from tests.factories import synthetic_run
from tests.profile_runs import BASE, profile


def test_each_profiled_route_has_the_address_of_its_graph(tmp_path: Path) -> None:
    run = synthetic_run(1)
    found = profile(BASE, requests=1000, case=run.cases[0].id)
    run = run.model_copy(update={"samples": (found.sample.model_copy(update={"duration_s": 2.0}),)})
    folder = tmp_path / audit_flames.FOLDER
    file = documents.RUN.save(run, folder)
    write_files(file.parent, found.files)
    _, page = publish(run, file.parent)
    ((case, address),) = audit_flames.addresses(tmp_path).items()
    path, _, anchor = address.partition("#")
    assert case == run.cases[0].id
    assert tmp_path / path == page
    assert f'id="{anchor}"' in page.read_text("utf-8")


def test_an_audit_without_profiles_has_none(tmp_path: Path) -> None:
    assert audit_flames.addresses(tmp_path) == {}
