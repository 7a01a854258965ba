"""The command that a result stores: no login in it."""

from __future__ import annotations

from bench.cli.secrets import without_logins


def test_a_header_is_stored_by_its_variable_and_a_value_that_is_written_out_is_not() -> None:
    words = [
        "load",
        "--header",
        "A: ${TOKEN}",
        "--header=B: secret",
        "--header",
        "C: secret",
        "--header=Host: h",
        "--quick",
    ]
    kept = ["load", "--header", "A: ${TOKEN}", "--header=B: …", "--header", "C: …", "--header=Host: h", "--quick"]
    assert without_logins(words) == kept
