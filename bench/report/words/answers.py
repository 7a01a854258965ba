"""How the answers of cases were checked, where they aren't the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.model.workload import Case
from bench.text.numbers import listed

_SHOWN_PATHS, _NAMED = 5, 3


def checked(cases: Iterable[Case]) -> Iterator[str]:
    """A sentence for all cases whose responses vary in the same way, names and paths in backticks."""
    alike: dict[str, list[str]] = {}
    for case in cases:
        if how := _checked_by(case):
            alike.setdefault(how, []).append(f"`{case.id}`")
    for how, names in alike.items():
        yield f"{listed(names, _NAMED)} {'was' if len(names) == 1 else 'were'} checked by {how}."


def _checked_by(case: Case) -> str:
    """Nothing of one whose bytes were compared."""
    match case.compared:
        case "content" if case.varies:
            return f"status and content, except {_paths(case.varies)} (declared to vary)"
        case "content":
            return "status and decoded content, because the bytes vary"
        case "type":
            return "status and content type only, because the body varies"
        case "shape" if case.varies:
            return (
                f"status, type and shape, because {_paths(case.varies)} {'varies' if len(case.varies) == 1 else 'vary'}"
            )
        case "shape":
            return "status, type and shape (declared to vary)"
        case "bytes":
            return ""


def _paths(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN_PATHS
    return ", ".join(f"`{path}`" for path in paths[:_SHOWN_PATHS]) + (f" and {more} more" if more > 0 else "")
