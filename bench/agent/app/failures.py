"""What an app's own exception says, in one line: where in the app it was raised, and what may be done about it."""

from __future__ import annotations

import os
import re
import sys
from typing import Any

from bench.agent.holds.code_place import raised_at, shown

_LONGEST = 300
INSTALL = "add it to what the app requires, or name another environment with --env"
"""The next step where a package is missing."""
_STEP = "pass it with --variable {} or --env-file FILE"
# What libraries say of a variable that isn't set: starlette.config, decouple, environs.
_NEEDS = (
    re.compile(r"^Config '(?P<name>\w+)' is missing"),
    re.compile(r"^(?P<name>\w+) not found\. Declare it as envvar"),
    re.compile(r'^Environment variable "(?P<name>\w+)" not set'),
)


def described(error: BaseException) -> str:
    """`KeyError: 'x' (app/settings.py:4)`, or the variable that it needs."""
    if isinstance(error, SystemExit):
        return f"it calls sys.exit({error.code!r}){_place(error)}"
    if names := _needed(error):
        needs = f"it needs the variable{'s' if len(names) > 1 else ''} {', '.join(names)}{_place(error)}"
        return f"{needs}; {_STEP.format(' --variable '.join(names))}"
    if isinstance(error, ModuleNotFoundError) and error.name:
        return not_installed(error)
    return f"{_line(error)}{_place(error)}"


def not_installed(error: ModuleNotFoundError) -> str:
    """A module that the app imports, and that its environment doesn't have."""
    return f"it imports {error.name}{_place(error)}, which is not in {sys.prefix}; {INSTALL}"


def _line(error: BaseException) -> str:
    """Its type and the first line of its words, which may be many, and may fail to be said."""
    try:
        said = _first_invalid(error) or str(error).strip()
    except Exception as failed:  # noqa: BLE001  whatever an app's own exception does is no news here
        said = f"(its message can't be had: {type(failed).__name__})"
    first = said.splitlines()[0].strip() if said else ""
    return f"{type(error).__name__}: {first}"[:_LONGEST] if first else type(error).__name__


def _first_invalid(error: Any) -> str | None:
    """Of Pydantic's errors, whose first line tells only how many values are wrong: which is the first, and not what
    it is, since settings are secret."""
    if type(error).__module__ != "pydantic_core._pydantic_core":
        return None
    first = error.errors(include_url=False, include_input=False)[0]
    return f"{error.title}: {'.'.join(map(str, first['loc']))}: {first['msg']}"


def _place(error: BaseException) -> str:
    if isinstance(error, SyntaxError) and error.filename and error.lineno:
        return f" ({shown(error.filename)}:{error.lineno})"
    at = raised_at(error)
    return f" ({at})" if at else ""


def _needed(error: BaseException) -> list[str]:
    """The variables of the environment whose absence it tells."""
    if isinstance(error, KeyError) and _raised_by_environ(error):
        return [str(error.args[0])]
    if names := _missing_settings(error):
        return names
    said = str(error.args[0]) if error.args else ""
    return [found["name"] for one in _NEEDS if (found := one.match(said))]


def _raised_by_environ(error: KeyError) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code if trace is not None else None
    return code is not None and code is type(os.environ).__getitem__.__code__


def _missing_settings(error: BaseException) -> list[str]:
    """Of pydantic-settings: the fields without a value, as the environment calls them."""
    settings = _settings_class(error)
    if settings is None:
        return []
    prefix = str(getattr(settings, "model_config", {}).get("env_prefix") or "")
    fields = getattr(settings, "model_fields", {})
    errors: Any = error.errors(include_url=False, include_input=False)  # type: ignore[attr-defined]
    missing = [str(one["loc"][0]) for one in errors if one["type"] == "missing" and one["loc"]]
    return [f"{prefix}{name}".upper() if name in fields else name.upper() for name in missing]


def _settings_class(error: BaseException) -> type | None:
    """The class whose making failed, by the frame that made it."""
    if type(error).__name__ != "ValidationError":
        return None
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__", "").startswith("pydantic_settings."):
            for name in ("__pydantic_self__", "self"):
                if name in trace.tb_frame.f_locals:
                    return type(trace.tb_frame.f_locals[name])
        trace = trace.tb_next
    return None
