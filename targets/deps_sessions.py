"""How many sessions a request makes, and when a session by yield is closed."""

from collections.abc import AsyncIterator
from typing import Annotated

from _inner_call import traced_get
from _sessions import Session
from fastapi import BackgroundTasks, Depends, FastAPI, Request

TARGET = {
    "over": None,
    "adds": "sessions, counted",
    "requires": ["fastapi>=0.100"],
    "requests": {
        "cached": {"path": "/cached", "only": ["facts"]},
        "uncached": {"path": "/uncached", "only": ["facts"]},
        "nested": {"path": "/nested", "only": ["facts"]},
        "order": {"path": "/order", "only": ["facts"]},
    },
}


async def get_db(request: Request) -> AsyncIterator[Session]:
    session = Session()
    request.scope.setdefault("sessions", []).append(session)
    try:
        yield session
    finally:
        session.close()


async def repository(db: Annotated[Session, Depends(get_db)]) -> Session:
    return db


app = FastAPI()


@app.get("/cached")
async def cached(
    request: Request, one: Annotated[Session, Depends(get_db)], two: Annotated[Session, Depends(get_db)]
) -> dict[str, int]:
    return {"sessions": len(request.scope["sessions"])}


@app.get("/uncached")
async def uncached(
    request: Request,
    one: Annotated[Session, Depends(get_db)],
    two: Annotated[Session, Depends(get_db, use_cache=False)],
) -> dict[str, int]:
    return {"sessions": len(request.scope["sessions"])}


@app.get("/nested")
async def nested(
    request: Request, one: Annotated[Session, Depends(get_db)], two: Annotated[Session, Depends(repository)]
) -> dict[str, int]:
    return {"sessions": len(request.scope["sessions"])}


@app.get("/order")
async def order() -> dict[str, object]:
    return await traced_get(traced)


traced = FastAPI()


async def traced_db(request: Request) -> AsyncIterator[None]:
    request.scope["events"].append("session opened")
    yield
    request.scope["events"].append("session closed")


@traced.get("/", dependencies=[Depends(traced_db)])
async def traced_endpoint(request: Request, tasks: BackgroundTasks) -> None:
    request.scope["events"].append("endpoint")
    tasks.add_task(request.scope["events"].append, "background task")
