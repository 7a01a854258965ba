"""Server settings on a page and in a terminal: what each adds, and what is missing."""

from __future__ import annotations

import io

from rich.console import Console
from server_samples import server_sample

from bench.analysis.run.summary import summarise
from bench.report.documents import run as documents_run
from bench.report.exports.run import figures
from bench.report.renderers.html import page
from bench.report.renderers.terminal import print_document
from bench.report.sections.run import server_layers
from tests.factories import synthetic_run
from tests.folded import synthetic_profiles

CASE = "raw_asgi:plain"
SAMPLES = tuple(server_sample(CASE, launch, missing={"TLS": "no <b>certificate</b>"}) for launch in range(4))
RUN = synthetic_run().model_copy(update={"samples": SAMPLES, "absences": ()})


def test_a_run_that_compared_no_settings_has_no_section() -> None:
    assert server_layers.section(summarise(synthetic_run())) is None


def test_the_page_draws_each_setting_and_says_what_is_missing() -> None:
    run = synthetic_run()
    html = page(documents_run.document(RUN, synthetic_profiles(run)))
    assert 'id="server"' in html
    assert "h11 instead of httptools: +60" in html
    assert "TLS: not measured; no &lt;b&gt;certificate&lt;/b&gt;" in html


def test_the_terminal_has_the_table() -> None:
    out = io.StringIO()
    print_document(Console(file=out, width=140), documents_run.document(RUN, {}))
    told = out.getvalue()
    (line,) = (line for line in told.splitlines() if "asyncio instead of uvloop" in line)
    assert "+21" in line
    assert "1.70" in line


def test_the_exports_have_a_row_for_each_setting() -> None:
    told = figures(RUN, summarise(RUN))
    assert '"server/access log/added_us"' in told
    assert '"server/bare_cpu_us"' in told
