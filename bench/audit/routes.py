"""The routes of somebody's own app, as they are found in it once it runs."""

from __future__ import annotations

from typing import Any

from bench.model.app import AppDescription
from bench.model.base import Record
from bench.model.errors import UsageError
from bench.runner.agent_process import Agent
from bench.runner.app_start import start_app

# Schemas: each of an app may take what openapi.py waits for.
_PATIENCE_S = 120.0


class Described(Record):
    """An app with its OpenAPI schema, that of mounted apps included; `openapi_error` says what was wrong with it.
    `file` is what the app was imported from."""

    description: AppDescription
    openapi: dict[str, Any] | None = None
    openapi_error: str | None = None
    file: str | None = None


def describe(agent: Agent, spec: str) -> Described:
    """What the app that `spec` names is, in an agent that is started in its folder.

    Raises UsageError when it has no routes, with what it was found to be; AppStartError when it can't be started, and
    AgentError when its agent can't tell.
    """
    start_app(agent, spec)
    answer = agent.call("describe", timeout_s=_PATIENCE_S, target=spec)
    inside = answer.pop("inside")
    found = Described.model_validate(answer)
    if not found.description.routes:
        raise UsageError(_without_routes(found.description, inside))
    return found


def _without_routes(found: AppDescription, inside: str | None) -> str:
    function = found.type == "builtins:function"
    what = "a function" if function else f"an instance of {found.type}"
    if inside is None:
        makes = f", or write '{found.name}()' if it makes one" if function else ""
        return (
            f"{found.name} is {what}: no FastAPI or Starlette application was found in it; "
            f"name the application that it serves{makes}"
        )
    around = "" if inside == found.type else f", around one of {inside}"
    return f"{found.name} is {what}{around}, and has no routes once its lifespan has started; name another app"
