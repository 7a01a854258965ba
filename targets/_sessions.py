"""Sessions as a database would give them, but for the database: what a request depends on."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import Depends


class Session:
    """Made for a request, closed at its end."""

    def __init__(self) -> None:
        self.is_open = True

    def close(self) -> None:
        self.is_open = False


async def open_session() -> Session:
    return Session()


async def session_until_done() -> AsyncIterator[Session]:
    session = Session()
    try:
        yield session
    finally:
        session.close()


def repositories(count: int, *, use_cache: bool) -> list[Callable[..., object]]:
    """As many dependencies, which share one session, or have one each."""

    def repository() -> Callable[..., object]:
        async def with_session(session: Annotated[Session, Depends(open_session, use_cache=use_cache)]) -> Session:
            return session

        return with_session

    return [repository() for _ in range(count)]
