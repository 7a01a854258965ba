"""What a run was made of: its stack, or the URL of a server that nothing is known of."""

from __future__ import annotations

from bench.model.run import Run
from bench.report.documents import run as documents
from tests.factories import synthetic_run
from tests.widths import printed

URL = "https://example.org/users?limit=3"


def test_a_load_of_a_url_is_called_by_it_and_says_nothing_of_a_stack() -> None:
    command = ("load", "--url", URL, "--header", "Authorization: Bearer ${TOKEN}")
    document = documents.document(synthetic_run().model_copy(update={"url": URL, "command": command}), {})
    assert document.title == "Load of example.org/users?limit=3"
    setting = next(section for section in document.sections if section.anchor == "setting")
    said = repr(setting)
    assert URL in said
    assert "its stack is unknown" in said
    assert "packages" not in said
    assert "--stack" not in said
    assert "'Authorization: Bearer ${TOKEN}'" in said
    assert "FastAPI" not in printed(document, 100).splitlines()[0]


def test_a_run_of_before_has_no_url_and_its_stack_is_named() -> None:
    run = Run.model_validate_json(synthetic_run().model_dump_json(exclude={"url"}))
    assert run.url is None
    assert documents.document(run, {}).title.startswith("FastAPI ")
