"""The workflows call nothing but commands that exist, with options that they have."""

from __future__ import annotations

import re
from pathlib import Path

import typer
from typer.main import get_command

from bench.cli.main import app


def commands(root: Path) -> list[list[str]]:
    """Every `bench` command line of the workflows, as words."""
    texts = [file.read_text("utf-8") for file in sorted((root / ".github" / "workflows").glob("*.yml"))]
    assert len(texts) == 3
    return [line.split() for text in texts for line in re.findall(r"\.venv/bin/bench ([^\n]+)", text)]


def test_every_command_of_a_workflow_is_one_that_bench_has(root: Path) -> None:
    known = get_command(app)
    assert isinstance(known, typer.core.TyperGroup)
    assert commands(root)
    for verb, *words in commands(root):
        options = {option for parameter in known.commands[verb].params for option in parameter.opts}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options


def test_every_make_target_of_a_workflow_is_there(root: Path) -> None:
    makefile = (root / "Makefile").read_text("utf-8")
    for file in (root / ".github" / "workflows").glob("*.yml"):
        for target in re.findall(r"\bmake ([a-z.]\S*)", file.read_text("utf-8")):
            assert re.search(rf"^({re.escape(target)}|\$\(READY\)):", makefile, re.MULTILINE), target
