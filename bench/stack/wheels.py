"""What a Python has wheels of: one that is new, or free-threaded, lacks some. All else of a stack can still be had."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from bench.stack.uv import StackError, UnreachedError

Resolve = Callable[[Sequence[str]], str]
"""Requirements to their lock. Raises StackError."""
ONLY_WHEELS = "--only-binary :all:"


def may_lack(python: str) -> bool:
    """Whether a Python may lack wheels that the project's lock pins: the harness's own has them all."""
    return python != platform.python_version()


def with_wheels(named: Sequence[str], own: Sequence[str], resolve: Resolve) -> str:
    """The lock of what was `named`, and of those of the project's `own` requirements that have wheels, with what they
    require. What was named is built where there is no wheel. Raises StackError."""
    if (whole := found(resolve, [*named, *own])) is not None:
        return whole
    had = [one for one in own if found(resolve, [one]) is not None]
    if (rest := found(resolve, [*named, *had])) is not None:
        return rest
    return resolve([*named, *had])


def found(resolve: Resolve, asked: Sequence[str]) -> str | None:
    """A lock of wheels alone; None where there is none. Raises UnreachedError."""
    try:
        return resolve([ONLY_WHEELS, *asked])
    except UnreachedError:
        raise
    except StackError:
        return None


def missing(own: Sequence[str], packages: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the project's `own` requirements that a stack of these packages came without."""
    return tuple(sorted({str(canonicalize_name(Requirement(text).name)) for text in own} - packages.keys()))
