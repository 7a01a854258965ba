"""Methods of classes that are another function while something is timed, and afterwards what they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class SwappedMethods:
    """While they are out, a method costs what it always costs. An inherited one is its parent's again."""

    def __init__(self) -> None:
        self._methods: list[tuple[type, str, Any, Any]] = []

    def add(self, owner: type, name: str, wrap: Callable[[Any], Any]) -> None:
        original = getattr(owner, name)
        self._methods.append((owner, name, vars(owner).get(name), wrap(original)))

    def put_in(self) -> None:
        for owner, name, _, timed in self._methods:
            setattr(owner, name, timed)

    def take_out(self) -> None:
        for owner, name, original, _ in self._methods:
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)
