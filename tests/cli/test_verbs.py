"""Each verb is imported when it is called, and no sooner: what only looks answers at once."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest

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
