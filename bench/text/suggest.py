"""What may have been meant by a word that names nothing."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_CLOSE = 0.5
# More names than these are a list of their own, and no part of an error.
_FEW = 12


def nearest(word: str, known: Iterable[str]) -> str:
    """`did you mean a or b?`; where nothing comes near, what there is, if that is a line's worth."""
    names = list(dict.fromkeys(known))
    if close := get_close_matches(word, names, cutoff=_CLOSE):
        return f"did you mean {' or '.join(close)}?"
    if len(names) > _FEW:
        return f"none of the {len(names)} known names is similar"
    return f"available: {', '.join(names) or 'none'}"
