"""An app's own environment with something changed, built in the cache: what was named moves, and what it forces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path

from bench.stack import declared, interpreter, lock, overlay, pythons
from bench.stack.app_environment import app_environment, bytecode
from bench.stack.environment import Environment, built_of
from bench.stack.installed import Installed
from bench.stack.recipe import Recipe
from bench.stack.uv import StackError

Pythons = tuple[str | None, str | None]


@dataclass(frozen=True)
class AppStack:
    """Makes environments of an app out of its own: the app is in `app_dir`, and `env` names its environment, or
    `requirements` the file that it is made of."""

    app_dir: Path
    env: Path | None = None
    requirements: Path | None = None

    @cached_property
    def own(self) -> Environment:
        """As its owner keeps it. Raises StackError."""
        return app_environment(self.app_dir, self.env, self.requirements)

    def build(
        self, recipe: Recipe, python: str | None = None, preferred: Mapping[str, str] | None = None
    ) -> Environment:
        """The app's own environment for a recipe without requirements; else one in which what isn't named keeps the
        `preferred` version, or without any the installed one, wherever the resolver allows it. Raises StackError."""
        if not recipe.lines and python is None and preferred is None:
            return self.own
        return self.restore(recipe, self._lock(recipe, python, preferred), python)

    def build_both(self, base: Recipe, head: Recipe, pythons: Pythons) -> tuple[Environment, Environment]:
        """Two of them, alike in what wasn't named where the resolver allows it. Raises StackError."""
        if not (base.lines or head.lines or any(pythons)):
            return self.own, self.own
        resolvers = partial(self._lock, base, pythons[0]), partial(self._lock, head, pythons[1])
        locks = lock.agreeing(base, head, resolvers)
        return self.restore(base, locks[0], pythons[0]), self.restore(head, locks[1], pythons[1])

    def restore(self, recipe: Recipe, locked: str, python: str | None = None) -> Environment:
        """The environment of a lock. Raises StackError."""
        built = built_of(locked, recipe.lines, self._version(python), python or str(self.own.python))
        instruments = overlay.made_for(interpreter.ask(built.python))
        sources = (*self.own.sources, *self._installed.sources)
        stack = built.stack.model_copy(update={"no_wheel": overlay.missing(instruments)})
        return replace(built, stack=stack, overlay=instruments, bytecode=bytecode(), sources=sources)

    @cached_property
    def _installed(self) -> Installed:
        return Installed.of(self.own.python)

    def _version(self, python: str | None) -> str:
        return pythons.python_version(python) if python else self.own.stack.python

    def _lock(self, recipe: Recipe, python: str | None, preferred: Mapping[str, str] | None = None) -> str:
        """Raises StackError."""
        bounds = declared.bounds(self.app_dir)
        others = [name for name in self._installed.versions if name not in recipe.names]
        asked = [*recipe.lines, *(bounds.get(name, name) for name in others)]
        try:
            resolved_for = python or pythons.named(self.own.python, self.own.stack.python)
            return lock.resolve("\n".join(asked), preferred or self._installed.versions, resolved_for)
        except StackError as error:
            raise StackError(f"{recipe.named}: can't be combined with the app's other packages: {error}") from error
