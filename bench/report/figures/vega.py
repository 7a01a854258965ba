"""Pictures by Vega-Lite, each drawn once: a terminal, a page and an export tell of the same one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import vl_convert


def svg(specification: Mapping[str, Any]) -> str:
    """Its SVG, in which all data is escaped."""
    return _drawn(json.dumps(specification))


@lru_cache(maxsize=256)  # a picture takes 50 to 200 ms, and 10 to 100 kB
def _drawn(specification: str) -> str:
    drawn: str = vl_convert.vegalite_to_svg(specification)
    return drawn
