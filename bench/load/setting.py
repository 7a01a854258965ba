"""Where the two sides of a load run: what `bench load` was told, or what follows from saying nothing."""

from __future__ import annotations

from dataclasses import dataclass

from bench.load.drive import ALONE, Crew


@dataclass(frozen=True)
class Setting:
    """`server` is a server elsewhere, host and port; None: uvicorn in an agent of this machine, which listens at `port`
    of loopback (0: any free one). `meter` is the HOST:PORT at which that server says what it has used."""

    port: int = 0
    server: tuple[str, int] | None = None
    meter: str | None = None
    crew: Crew = ALONE


HERE = Setting()
