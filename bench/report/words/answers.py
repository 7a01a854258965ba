"""How the answers of cases were checked, where they aren't the same bytes every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bench.model.workload import Case

_SHOWN_PATHS = 5


def checked(cases: Iterable[Case]) -> Iterator[str]:
    """A sentence for each case whose responses vary, names and paths in backticks."""
    for case in cases:
        match case.compared:
            case "content" if case.varies:
                yield f"`{case.id}` was checked by status and content, except {_paths(case.varies)} (declared to vary)."
            case "content":
                yield f"`{case.id}` was checked by status and decoded content; its bytes vary."
            case "type":
                yield f"`{case.id}` was checked by status and content type only; its body varies."
            case "shape" if case.varies:
                paths = _paths(case.varies)
                vary = "varies" if len(case.varies) == 1 else "vary"
                yield f"`{case.id}` was checked by status, type and shape; {paths} {vary}."
            case "shape":
                yield f"`{case.id}` was checked by status, type and shape (declared to vary)."
            case "bytes":
                pass


def _paths(paths: Sequence[str]) -> str:
    more = len(paths) - _SHOWN_PATHS
    return ", ".join(f"`{path}`" for path in paths[:_SHOWN_PATHS]) + (f" and {more} more" if more > 0 else "")
