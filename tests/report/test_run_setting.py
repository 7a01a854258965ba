"""What a run was made of: its stack, or the URL of a server that nothing is known of."""

from __future__ import annotations

import json

import pytest

from bench.analysis.run.summary import summarise
from bench.model.load import LoadSample
from bench.model.run import Run
from bench.model.server import ServerSettings
from bench.report.documents import run as documents
from bench.report.exports import run as exports
from bench.report.words.server import server_words
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


H11 = ServerSettings.parse("uvicorn http=h11")


@pytest.mark.parametrize(
    ("url", "load", "said"),
    [
        (None, {}, "uvicorn"),
        (URL, {"server_elsewhere": True}, None),
        (None, {"server_elsewhere": True, "server": "uvicorn 0.40"}, "uvicorn 0.40"),
        (None, {"server_elsewhere": True, "server": "uvicorn 0.40", "server_settings": H11}, "uvicorn http=h11"),
    ],
    ids=["here", "a URL", "with a meter", "that tells its settings"],
)
def test_a_server_elsewhere_is_called_by_what_is_known_of_it(
    url: str | None, load: dict[str, object], said: str | None
) -> None:
    run = synthetic_run()
    samples = tuple(one.model_copy(update=load) if isinstance(one, LoadSample) else one for one in run.samples)
    run = run.model_copy(update={"url": url, "samples": samples})
    assert server_words(run) == said
    assert json.loads(exports.figures(run, summarise(run)))["server"] == said
