"""The shortest text of a pattern, and one of each format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

FORMATS: Mapping[str, str] = {
    "date": "2026-01-01",
    "date-time": "2026-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "duration": "P1D",
    "email": "user@example.com",
    "idn-email": "user@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "ipv4": "127.0.0.1",
    "ipv4network": "127.0.0.0/8",
    "ipv4interface": "127.0.0.1/8",
    "ipv6": "::1",
    "ipv6network": "::/64",
    "ipv6interface": "::1/64",
    "ipvanyaddress": "127.0.0.1",
    "ipvanynetwork": "127.0.0.0/8",
    "ipvanyinterface": "127.0.0.1/8",
    "uri": "https://example.com/",
    "uri-reference": "/",
    "iri": "https://example.com/",
    "iri-reference": "/",
    "uri-template": "/",
    "url": "https://example.com/",
    "multi-host-uri": "https://example.com/",
    "file-path": "/dev/null",
    "directory-path": "/tmp",  # noqa: S108  asked for by name, not written to
    "uuid": "00000000-0000-4000-8000-000000000001",
    "uuid1": "00000000-0000-1000-8000-000000000001",
    "uuid3": "00000000-0000-3000-8000-000000000001",
    "uuid4": "00000000-0000-4000-8000-000000000001",
    "uuid5": "00000000-0000-5000-8000-000000000001",
    "json-pointer": "",
    "relative-json-pointer": "0",
    "json-string": "{}",
    "regex": "a",
    "base64": "YQ==",
    "byte": "YQ==",
    "base64url": "YQ==",
    "decimal": "1",
    "color": "#000",
}

_PLAIN = "a"
_MADE_OF = "a1A-_ .:/@"
"""What stands for a class of characters, the first that is in it."""
_LONGEST = 100_000


def text(schema: Mapping[str, Any]) -> str:
    """A text of this pattern or format, and of this length. Raises ValueError where none was found."""
    least = max(_whole(schema.get("minLength"), 0), 0)
    most = _whole(schema.get("maxLength"), _LONGEST)
    if least > _LONGEST:
        raise ValueError(f"a text of {least} characters")
    if isinstance(pattern := schema.get("pattern"), str):
        found = matching(pattern, least)
    else:
        found = FORMATS.get(str(schema.get("format")), _PLAIN if most else "")
    found += _PLAIN * (least - len(found))
    return found if len(found) <= most else found[:most]


def matching(pattern: str, least: int = 0) -> str:
    """A text that a pattern finds, with more of what it repeats where `least` characters need it.

    Raises ValueError for a pattern of which none was found: it looks around, say.
    """
    try:
        parsed = parser.parse(pattern)
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"the pattern {pattern[:60]!r} isn't one of Python's") from error
    for extra in dict.fromkeys((0, 1, least, max(0, least - 1), max(0, least - len(_sequence(parsed, 0, {}))))):
        found = _sequence(parsed, extra, {})
        if len(found) >= least and compiled.search(found):
            return found
    for found in (_sequence(parsed, 0, {}), "", _PLAIN, "1"):
        if compiled.search(found) and compiled.search(found + _PLAIN * (least - len(found))):
            return found
    raise ValueError(f"no text was found for the pattern {pattern[:60]!r}")


def _sequence(items: Any, extra: int, groups: dict[int, str]) -> str:
    return "".join(_item(operator, argument, extra, groups) for operator, argument in items)


def _item(operator: Any, argument: Any, extra: int, groups: dict[int, str]) -> str:  # noqa: PLR0911  one case an operator
    match operator:
        case code.LITERAL:
            return chr(argument)
        case code.NOT_LITERAL:
            return next(one for one in _MADE_OF if ord(one) != argument)
        case code.ANY:
            return _PLAIN
        case code.IN:
            return _one_of(argument)
        case code.BRANCH:
            return min((_sequence(branch, extra, groups) for branch in argument[1]), key=len)
        case code.SUBPATTERN:
            number, *_, inside = argument
            groups[number] = _sequence(inside, extra, groups)
            return groups[number]
        case code.GROUPREF:
            return groups.get(argument, "")
        case code.MAX_REPEAT | code.MIN_REPEAT | code.POSSESSIVE_REPEAT:
            least, most, inside = argument
            return _repeated(inside, int(least), min(int(most), least + extra), groups)
        case code.ATOMIC_GROUP:
            return _sequence(argument, extra, groups)
    return ""  # a position, or what is looked at around it: the whole is tried by the caller


def _repeated(inside: Any, least: int, times: int, groups: dict[int, str]) -> str:
    once = _sequence(inside, 0, groups) if times else ""
    if len(once) * times > _LONGEST:
        raise ValueError(f"a repetition of {least} times")
    return once * times


def _one_of(choices: Any) -> str:
    first, *_ = choices
    excluded: bool = first[0] is code.NEGATE
    inside = choices[1:] if excluded else choices
    for one in _MADE_OF + "".join(map(chr, range(33, 127))):
        if any(_takes(operator, argument, one) for operator, argument in inside) is not excluded:
            return one
    return "" if excluded else _first(inside)


def _takes(operator: Any, argument: Any, one: str) -> bool:
    match operator:
        case code.LITERAL:
            return bool(ord(one) == argument)
        case code.RANGE:
            low, high = argument
            return bool(low <= ord(one) <= high)
        case code.CATEGORY:
            return bool(_CATEGORIES[argument](one))
    return False


def _first(choices: Any) -> str:
    """Of characters that are none of the usual ones."""
    operator, argument = choices[0]
    return chr(argument[0] if operator is code.RANGE else argument) if operator is not code.CATEGORY else " "


_CATEGORIES: Mapping[Any, Any] = {
    code.CATEGORY_DIGIT: str.isdigit,
    code.CATEGORY_NOT_DIGIT: lambda one: not one.isdigit(),
    code.CATEGORY_SPACE: str.isspace,
    code.CATEGORY_NOT_SPACE: lambda one: not one.isspace(),
    code.CATEGORY_WORD: lambda one: one.isalnum() or one == "_",
    code.CATEGORY_NOT_WORD: lambda one: not (one.isalnum() or one == "_"),
}


def _whole(value: Any, otherwise: int) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else otherwise
