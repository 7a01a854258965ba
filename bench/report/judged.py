"""Sentences on a terminal."""

from __future__ import annotations

from rich.text import Text


def named(sentence: str) -> Text:
    """Names in backticks stand out without them."""
    text = Text("")
    for index, part in enumerate(sentence.split("`")):
        text.append(part, style="bold" if index % 2 else "")
    return text
