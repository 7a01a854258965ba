"""Each verb is imported when it is called, and no sooner: what only looks answers at once."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest
from checkouts import in_process

from bench.cli.verbs import VERBS

HEAVY = {
    "numpy",
    "scipy",
    "vl_convert",
    "jinja2",
    "locust",
    "gevent",
    "psutil",
    "hdrh",
    "bench.workflows",
    "bench.measure",
}
# Nobody builds a model to print a help.
HEAVY_FOR_HELP = {*HEAVY, "packaging", "bench.store", "bench.catalog", "bench.report"}
# Prints nothing but the modules that are there when a command has ended.
LOADED = """
import contextlib, io, sys
from bench.__main__ import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print("\\n".join(sys.modules))
"""


@pytest.mark.parametrize("words", [(), ("--help",), ("list",), ("list", "--json"), ("no-such-verb",)])
def test_what_only_looks_waits_for_nothing_that_it_does_not_need(
    root: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    listing = words[:1] == ("list",)
    command = [sys.executable, "-P", "-c", LOADED, *words, *(("--results", str(tmp_path)) if listing else ())]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=60, check=True)
    modules = set(done.stdout.split())
    assert "bench.cli.verbs" in modules
    assert not modules & (HEAVY if listing else HEAVY_FOR_HELP)
    assert ("bench.report.stored" in modules) is listing


@pytest.mark.parametrize("name", VERBS)
def test_the_help_says_of_a_verb_what_the_verb_says_first_of_itself(name: str) -> None:
    command = VERBS[name].command(name)
    first = inspect.cleandoc(command.help).partition("\n\n")[0]
    assert VERBS[name].help == " ".join(first.split())


@pytest.mark.parametrize("name", VERBS)
def test_the_help_of_an_option_fits_one_line_at_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = in_process(monkeypatch, capsys, name, "--help")
    rows = [line for line in out.splitlines() if line.startswith("│")]
    assert rows
    assert [row for row in rows if not re.match(r"│ [* ]? {0,4}(--|[A-Z])", row)] == []
    assert "<bool>" not in out
