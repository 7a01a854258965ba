"""A service of users and orders under /v1, over a repository: the service_* targets differ in that alone."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Annotated, Any, Protocol

from _errors import NOT_FOUND
from _models import UserOut
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field


class OrderOut(BaseModel):
    """What may leave of an order."""

    id: int
    user_id: int
    product: str
    quantity: int
    price_cents: int
    placed_at: datetime
    address: str


class NewOrder(OrderOut):
    """An order under an id that its client gives, so that placing it again replaces it, and no table grows."""

    quantity: int = Field(ge=1)
    price_cents: int = Field(ge=0)
    note: str


class Repository(Protocol):
    """Where users and orders are kept. Rows may be of any kind that has their fields as attributes."""

    async def users(self, limit: int) -> Sequence[Any]: ...

    async def user(self, user_id: int) -> Any | None: ...

    async def orders_of(self, user_id: int) -> Sequence[Any]: ...

    async def place(self, order: NewOrder) -> Any: ...

    async def ping(self) -> None: ...


class UserNotFoundError(Exception):
    pass


def service(
    repository: Callable[..., Any], lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]] | None = None
) -> FastAPI:
    """The app; `repository` is a dependency that gives one to each request."""
    kept = Annotated[Repository, Depends(repository)]
    v1 = APIRouter(prefix="/v1")
    v1.include_router(users_router(kept))
    v1.include_router(orders_router(kept))
    app = FastAPI(lifespan=lifespan)
    app.include_router(v1)
    app.add_exception_handler(UserNotFoundError, on_not_found)
    app.add_exception_handler(RequestValidationError, on_invalid)

    @app.get("/health")
    async def health(rows: kept) -> dict[str, str]:
        await rows.ping()
        return {"status": "ok"}

    return app


# Parameters have their constraints as defaults: FastAPI 0.100 can't read them from Annotated with today's Pydantic.
async def note_client(request: Request, user_agent: str | None = Header(None)) -> None:
    """What every route of a router depends on: who asks, for a log to name."""
    request.state.client_name = user_agent


def users_router(kept: Any) -> APIRouter:
    router = APIRouter(prefix="/users", tags=["users"], dependencies=[Depends(note_client)])

    @router.get("", response_model=list[UserOut])
    async def read_users(rows: kept, limit: int = Query(20, ge=1, le=10_000)) -> Sequence[Any]:
        return await rows.users(limit)

    @router.get("/{user_id}", response_model=UserOut)
    async def read_user(rows: kept, user_id: int) -> Any:
        if (user := await rows.user(user_id)) is None:
            raise UserNotFoundError
        return user

    @router.get("/{user_id}/orders", response_model=list[OrderOut])
    async def read_orders(rows: kept, user_id: int) -> Sequence[Any]:
        return await rows.orders_of(user_id)

    return router


def orders_router(kept: Any) -> APIRouter:
    router = APIRouter(prefix="/orders", tags=["orders"], dependencies=[Depends(note_client)])

    @router.post("", response_model=OrderOut, status_code=201)
    async def place_order(rows: kept, order: NewOrder) -> Any:
        return await rows.place(order)

    return router


async def on_not_found(request: Request, error: Exception) -> JSONResponse:
    return JSONResponse(NOT_FOUND, status_code=404)


async def on_invalid(request: Request, error: Exception) -> JSONResponse:
    # The field and the kind of error are the same in every release of Pydantic; its messages aren't.
    problems = [{"field": str(one["loc"][-1]), "problem": one["type"]} for one in error.errors()]
    return JSONResponse({"error": "invalid", "problems": problems}, status_code=422)
