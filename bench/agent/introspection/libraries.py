"""Classes and functions of Starlette and FastAPI, as far as the app has imported them: nothing is imported for it."""

from __future__ import annotations

import sys
from typing import Any

from bench.agent.introspection.names import attribute


def imported(name: str) -> Any:
    """What `module:attribute` is called, or None where the release has none or the app doesn't use it."""
    module, _, found = name.partition(":")
    return attribute(sys.modules.get(module), found)
