"""The server that an app is measured behind, and its settings: `uvicorn loop=asyncio http=h11 workers=2`."""

from __future__ import annotations

import re
from typing import Literal, Self, get_args

from bench.model.base import Record

ServerKind = Literal["uvicorn", "hypercorn", "granian"]
Setting = bool | int | float | str

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_SWITCHES = {"on": True, "true": True, "off": False, "false": False}
_SOCKETS = ("tcp", "unix")
_AGENT_LOOPS = ("asyncio", "uvloop", "zuvloop")
_LOOPBACK = "servers under test listen on loopback"
_LOG = "write access_log=on, which logs to a file"
_TLS = "write tls=on, and a certificate is made"
_OURS = {
    **dict.fromkeys(("host", "address", "bind", "insecure_bind", "quic_bind", "metrics_address"), _LOOPBACK),
    **dict.fromkeys(("log_config", "log_dictconfig", "logconfig", "logconfig_dict", "log_access"), _LOG),
    **dict.fromkeys(("accesslog", "errorlog"), _LOG),
    **dict.fromkeys(("app", "application_path", "target"), "name it with --app or --case"),
    **dict.fromkeys(("certfile", "keyfile", "ca_certs"), _TLS),
    **dict.fromkeys(("reload", "use_reloader"), "a server that reloads is for development"),
    **dict.fromkeys(("pid_path", "pid_file"), "layercake ends the server itself"),
    "port": "use --port",
    "fd": "layercake opens the socket itself",
    "uds": "write socket=unix",
    "interface": "an app is served as ASGI",
    "worker_class": "write loop=asyncio or loop=uvloop",
    "factory": "name it with --app MODULE:FACTORY()",
    "headers": "the app's answers would differ from what was checked",
    **dict.fromkeys(("env_file", "env_files"), "use --env-file"),
    "callback_notify": "it is a function",
}


class ServerSettings(Record):
    """A server with the settings that differ from how layercake runs it: uvicorn as it runs by itself, but without an
    access log, and with idle connections kept open.

    `loop`, `http`, `workers`, `tls` (a certificate made at run time) and `socket` (`tcp` or `unix`) mean the same for
    every server; other names are the server's own, which the stack's release has to know.
    """

    kind: ServerKind = "uvicorn"
    settings: dict[str, Setting] = {}  # noqa: RUF012  a pydantic field: every record has its own

    @classmethod
    def parse(cls, text: str) -> Self:
        """`KIND NAME=VALUE …`. Raises ValueError, which says what is wrong with it."""
        kind, *pairs = text.split() or [""]
        if kind not in get_args(ServerKind):
            raise ValueError(f"{kind!r} is not a server; known: {', '.join(get_args(ServerKind))}")
        settings: dict[str, Setting] = {}
        for pair in pairs:
            name, equals, value = pair.partition("=")
            if not equals or not _NAME.fullmatch(name) or not value:
                raise ValueError(f"{pair!r} is not a setting; write NAME=VALUE, e.g. loop=asyncio")
            if name in settings:
                raise ValueError(f"{name} is set twice")
            settings[name] = _value(value)
        _refuse(settings)
        return cls(kind=kind, settings=dict(sorted(settings.items())))  # type: ignore[arg-type]  # checked above

    @property
    def words(self) -> str:
        """As it is written on a command line."""
        return " ".join([self.kind, *(f"{name}={_word(value)}" for name, value in self.settings.items())])

    @property
    def loop(self) -> str:
        """The event loop: `auto` is uvloop where the stack has it."""
        return str(self.settings.get("loop", "auto"))

    @property
    def agent_loop(self) -> str:
        """The same, as far as an agent can have it: what isn't served runs on it, too."""
        return self.loop if self.loop in _AGENT_LOOPS else "auto"

    @property
    def in_agent(self) -> bool:
        """Whether it runs in the agent's own process, where passes can look inside."""
        return self.kind == "uvicorn" and self.workers == 1

    @property
    def workers(self) -> int:
        return int(self.settings.get("workers", 1))

    @property
    def tls(self) -> bool:
        return self.settings.get("tls") is True

    @property
    def unix_socket(self) -> bool:
        return self.settings.get("socket") == "unix"


DEFAULT = ServerSettings()


def _value(word: str) -> Setting:
    if word in _SWITCHES:
        return _SWITCHES[word]
    if not _NUMBER.fullmatch(word):
        return word
    return float(word) if "." in word else int(word)


def _word(value: Setting) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def _refuse(settings: dict[str, Setting]) -> None:
    for name in settings:
        if "password" in name:
            raise ValueError(f"{name} can't be set: it would be stored with the results")
        if name.startswith("ssl_"):
            raise ValueError(f"{name} can't be set; {_TLS}")
        if name in _OURS:
            raise ValueError(f"{name} can't be set: {_OURS[name]}")
    workers, socket, tls = (settings.get(name) for name in ("workers", "socket", "tls"))
    if workers is not None and (isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 64):
        raise ValueError("workers is a number from 1 to 64")
    if socket is not None and socket not in _SOCKETS:
        raise ValueError("socket is tcp or unix")
    if tls is not None and not isinstance(tls, bool):
        raise ValueError("tls is on or off")
