"""Headers of every request: their variables, and that no value of one gets out."""

from __future__ import annotations

import pytest

from bench.serving.errors import HeaderError
from bench.serving.headers import parse, stored, variables, with_values

LOGIN = ("authorization", "Bearer ${TOKEN}")


def test_a_value_comes_from_the_environment_and_its_name_is_what_is_passed_around() -> None:
    headers = (parse("Authorization: Bearer ${TOKEN}"), parse("X-Two:${A}-${B}"))
    assert headers[0] == LOGIN
    assert variables(headers) == {"TOKEN", "A", "B"}
    sent = with_values(headers, {"TOKEN": "${A}$", "A": "1", "B": "ü"})
    assert sent == (("authorization", "Bearer ${A}$"), ("x-two", "1-ü"))


@pytest.mark.parametrize(
    ("environ", "complaint"),
    [
        ({}, r"--header authorization: \$\{TOKEN\} is not set; export TOKEN"),
        ({"TOKEN": "secret\n"}, "the value of authorization contains a line break"),
        ({"TOKEN": "secret\r\nx: y"}, "the value of authorization contains a line break"),
        ({"TOKEN": "secret…"}, "characters that no header can have"),
    ],
)
def test_a_value_that_can_not_be_sent_is_refused_and_not_shown(environ: dict[str, str], complaint: str) -> None:
    with pytest.raises(HeaderError, match=complaint) as refused:
        with_values((LOGIN,), environ)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize("text", ["Authorization", ": x", "a b: c", "ü: c", "Content-Length: 3", "X: secret\nY: z"])
def test_what_is_no_header_is_refused(text: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011  each has words of its own
        parse(text)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Authorization: Bearer ${TOKEN}", "Authorization: Bearer ${TOKEN}"),
        ("Authorization: Bearer secret", "Authorization: …"),
        ("X-Api-Key:secret", "X-Api-Key: …"),
        ("Host: example.org", "Host: example.org"),
        ("secret", "…"),
    ],
)
def test_results_keep_no_value_that_may_be_a_login(text: str, kept: str) -> None:
    assert stored(text) == kept
