"""The reference of every command, made from the same words that `--help` shows: `docs/commands.md` by `make docs`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.cli.verbs import commands

HEAD = """\
# Commands

All commands with their arguments and options, generated from `--help` by `make docs`. For exit codes, see the
[README](../README.md#commands).
"""
_OWN = ("help", "install_completion", "show_completion")


def verbs() -> dict[str, Any]:
    """The commands by name, in the order of the help."""
    return commands()


def parameters(verb: Any) -> list[Any]:
    """The arguments and options of a command that are its own."""
    return [one for one in verb.params if one.name not in _OWN]


def reference() -> str:
    """The page, in Markdown."""
    return "\n".join([HEAD, *(line for name, verb in verbs().items() for line in _section(name, verb))])


def _section(name: str, verb: Any) -> Iterator[str]:
    words = [_usage(one) for one in parameters(verb) if one.param_type_name == "argument"]
    yield f"## bench {name}\n"
    yield f"{' '.join(verb.help.split())}\n"
    yield f"    bench {' '.join([name, *words, '[OPTION]…'])}\n"
    yield "| | | default |"
    yield "|---|---|---|"
    for one in parameters(verb):
        yield f"| `{_named(one)}` | {_escaped(one.help)} | {_default(one)} |"
    yield ""


def _usage(argument: Any) -> str:
    word = argument.metavar + ("…" if argument.multiple or argument.nargs == -1 else "")
    return word if argument.required else f"[{word}]"


def _named(one: Any) -> str:
    if one.param_type_name == "argument":
        return str(one.metavar)
    return str(one.opts[0]) if one.is_flag else f"{one.opts[0]} {one.metavar}"


def _default(one: Any) -> str:
    if one.required:
        return "required"
    if one.default in (None, "", 0):
        return ""
    return f"`{(one.default.name or '.') if isinstance(one.default, Path) else one.default}`"


def _escaped(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;").replace("*", "\\*")
