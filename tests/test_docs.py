"""README and docs say what is so: outputs are what their commands print, and every command that they name exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import commands
import outputs
import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parents[1]
PAGES = (*outputs.PAGES, ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", ROOT / "results" / "README.md")
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TYPED = re.compile(r"^(?:\w+)?\$ +((?:\.venv/bin/)?bench\b[^\n]*)", re.MULTILINE)
QUOTED = re.compile(r"`(bench\b[^`\n]*)`")
UNITS = ("port", "connections", "seconds", "requests per second", "processes", "margin", "cases", "releases")


def named_commands(page: Path) -> Iterator[list[str]]:
    """The words of each command that a page names, in a console or in a sentence."""
    text = page.read_text("utf-8").replace("\\\n", " ")
    consoles = [body for kind, body in FENCE.findall(text) if kind == "console"]
    for line in (*(line for body in consoles for line in TYPED.findall(body)), *QUOTED.findall(FENCE.sub("", text))):
        for command in re.split(r"\s#|&&|;", line)[0].split("| "):
            yield re.sub(r"[\[\]|\\…]", " ", command).split()


@pytest.mark.parametrize("page", outputs.PAGES, ids=lambda page: page.name)
def test_every_output_is_what_its_command_prints_now(page: Path) -> None:
    assert page.read_text("utf-8") == outputs.rewritten(page.read_text("utf-8")), "write it anew: make docs"


def test_outputs_of_a_run_a_comparison_the_record_and_several_pythons_are_among_them() -> None:
    found = {block["command"].strip() for block in outputs.BLOCK.finditer((ROOT / "README.md").read_text("utf-8"))}
    assert found == {"report record", *(f"report results/sample{part}" for part in ("", "/comparison", "/pythons"))}


def test_the_reference_of_commands_is_what_the_help_says_now() -> None:
    assert outputs.REFERENCE.read_text("utf-8") == commands.reference(), "write it anew: make docs"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists_with_its_options(page: Path) -> None:
    verbs = commands.verbs()
    for _, *words in named_commands(page):
        if not words or words[0].startswith("--"):
            assert set(words) <= {"--help", "--install-completion", "--show-completion"}
            continue
        assert words[0] in verbs, words
        known = {option for one in verbs[words[0]].params for option in one.opts} | {"--help"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= known, words


def test_every_command_that_the_issue_form_asks_for_exists() -> None:
    form = (ROOT / ".github" / "ISSUE_TEMPLATE" / "bug.yml").read_text("utf-8")
    asked = {words.split()[1] for words in QUOTED.findall(form)}
    assert "doctor" in asked
    assert asked <= set(commands.verbs())


def test_commands_are_found_on_the_pages_at_all() -> None:
    assert len([words for page in PAGES for words in named_commands(page)]) > 40


def test_the_readme_names_every_command() -> None:
    named = {words[1] for words in named_commands(ROOT / "README.md") if len(words) > 1}
    assert set(commands.verbs()) <= named


def anchors(page: Path) -> set[str]:
    """The headings of a page, as links name them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_file_and_heading_that_a_page_points_to_is_there() -> None:
    for page in PAGES:
        text = FENCE.sub("", page.read_text("utf-8"))
        for target, heading in re.findall(r"\]\(([^)#\s]+)(?:#([^)]*))?\)", text):
            if target.startswith("https://"):
                continue
            assert (page.parent / target).exists(), (page.name, target)
            assert not heading or heading in anchors(page.parent / target), (page.name, target, heading)


def test_every_make_target_that_a_page_names_is_there() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for page in PAGES:
        for target in re.findall(r"(?:`|^\$ )make ([a-z-]+)", page.read_text("utf-8"), re.MULTILINE):
            assert f"\n{target}: " in makefile, (page.name, target)


@pytest.mark.parametrize(("name", "verb"), commands.verbs().items())
def test_every_help_is_whole_sentences_and_every_number_has_its_unit(name: str, verb: Any) -> None:
    assert re.fullmatch(r"[A-Z].*\.", verb.help, re.DOTALL), name
    for one in commands.parameters(verb):
        assert re.fullmatch(r"[A-Z`].*\.", one.help or ""), (name, one.name)
        assert one.metavar or one.is_flag, (name, one.name)
        if one.type_descriptor.annotation in (int, float):
            assert any(unit in f"{one.help} {one.metavar}" for unit in UNITS), (name, one.name)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        ({}, "one\ntwo\nthree\n\nfour\n\nfive\n"),
        ({1: (), 2: ()}, "one\ntwo\nthree\n\nfour\n\n…\n"),
        ({1: (1, 3), 3: ()}, "one\nthree\n  …\n\nfive\n"),
        ({1: (1,)}, "one\n  …\n"),
        ({3: (1,)}, "…\n\nfive\n"),
    ],
)
def test_what_is_left_out_of_an_output_leaves_a_mark(wanted: dict[int, tuple[int, ...]], left: str) -> None:
    lines = {paragraph: frozenset(which) for paragraph, which in wanted.items()}
    assert outputs.kept("\none\ntwo\nthree\n\nfour\n\nfive\n", lines) == left


@given(text=st.text())
def test_a_page_without_outputs_stays_as_it_is(text: str) -> None:
    assert outputs.rewritten(text) == text
