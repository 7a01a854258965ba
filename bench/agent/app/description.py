"""What an app is once its lifespan has started: routes, middleware and dependencies, as its objects say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from bench.agent.introspection.names import items, qualified_name
from bench.agent.introspection.openapi import schema
from bench.agent.introspection.places import Places
from bench.agent.introspection.routes import Level, Walk
from bench.agent.introspection.wrappers import inside


def describe(app: Any, name: str, folder: Path) -> dict[str, Any]:
    """`description` of the app (its folder is where its files are named from), its `openapi` schema and what was wrong
    with that, `inside`: the class of the application that was found in it, None if there is none, and the `file` that
    it was imported from."""
    walk = Walk(Places(folder))
    found = inside(app)[1]
    walk.application(app, Level())
    openapi, openapi_error = schema(walk.applications)
    return {
        "description": {
            "name": name,
            "type": qualified_name(type(app)),
            "middleware": walk.middleware,
            "routes": walk.routes,
            "shadowed": walk.shadowed,
            "overrides": _overrides(walk),
            "slash_redirects": walk.slash_redirects,
        },
        "file": getattr(sys.modules.get(name.partition(":")[0]), "__file__", None),
        "inside": None if found is None else qualified_name(found),
        "openapi": openapi,
        "openapi_error": openapi_error,
    }


def _overrides(walk: Walk) -> list[str]:
    """Those of all applications, each once."""
    apps = [one.app for one in walk.applications]
    found = (items(app, "dependency_overrides") for app in apps)
    return list(dict.fromkeys(qualified_name(one) for of_one in found for one in of_one))
