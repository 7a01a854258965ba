"""What every test may ask for: the repository, and the default stack's real environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.stack import Environment, build

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def environment() -> Environment:
    """The default stack, built by uv and cached as for any user."""
    return build([], ROOT)
