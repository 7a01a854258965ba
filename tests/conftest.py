"""What every test may ask for: the repository, and the default stack's real environment."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from checkouts import Checkout
from hypothesis import settings

from bench.stack.build import Environment, build
from bench.stack.recipe import of_requirements

ROOT = Path(__file__).parents[1]

# Hundreds of processes are started here, and none need compile again what one before it has.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# No test here asserts an absolute time, and on a busy core an example may take any.
settings.register_profile("busy", deadline=None)
settings.load_profile("busy")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def environment() -> Environment:
    """The default stack, built by uv and cached as for any user."""
    return build(of_requirements([]), ROOT)


@pytest.fixture
def checkout(environment: Environment, root: Path, tmp_path: Path) -> Checkout:
    """Asks for the environment, so that no command spends its patience on building one."""
    return Checkout(root, tmp_path)
