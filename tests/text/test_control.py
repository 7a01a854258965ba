"""What others wrote, without what a terminal obeys."""

from __future__ import annotations

import pytest

from bench.cli.output import errors
from bench.text.control import harmless, one_line


def test_control_characters_are_replaced_but_lines_stay_lines() -> None:
    assert harmless("a\x1b[31mé\r\x9b\n\tµ") == "a\ufffd[31mé\ufffd\ufffd\n\tµ"


def test_one_line_has_blanks_instead() -> None:
    assert one_line("a\x1b[31mé\r\n\u2028b") == "a [31mé   b"


def test_an_error_that_quotes_an_app_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    errors.print("bench: it said \x1b]0;title\x07\x1b[2J")
    assert capsys.readouterr().err.count("\x1b") == 0
