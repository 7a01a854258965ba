"""An app whose routes are reached in every way that FastAPI has: included twice over, mounted, hidden, behind a stack
of its own, and wrapped from outside."""

from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, WebSocket
from pydantic import BaseModel
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse
from starlette.routing import Host, Mount, Route


class Timing:
    def __init__(self, app, name="timing"):
        self.app = app

    async def __call__(self, scope, receive, send):
        await self.app(scope, receive, send)


class Audit(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        return await call_next(request)


class User(BaseModel):
    id: int


def settings():
    return {}


def fake_settings():
    return {"fake": True}


Fresh = Annotated[dict, Depends(settings, use_cache=False)]


class Session:
    def __init__(self, config: Annotated[dict, Depends(settings)]):
        self.config = config


class Permission:
    def __init__(self, name):
        self.name = name

    async def __call__(self, session: Annotated[Session, Depends()]):
        return self.name


async def tracked():
    yield


users = APIRouter(prefix="/users", dependencies=[Depends(tracked)])


@users.get("/{user_id}", response_model=User)
async def user(user_id: int, session: Annotated[Session, Depends()], again: Fresh):
    return {"id": user_id}


@users.post("", status_code=201)
def create(user: User):
    return user


@users.get("/secret", include_in_schema=False)
async def secret():
    return {}


@users.websocket("/{user_id}/feed")
async def feed(socket: WebSocket, user_id: int):
    await socket.accept()


v1 = APIRouter(prefix="/v1", dependencies=[Depends(Permission("read"))])
v1.include_router(users)


async def plain(request):
    return PlainTextResponse("plain")


async def bare_asgi(scope, receive, send):
    await PlainTextResponse("bare")(scope, receive, send)


sub = FastAPI(openapi_url=None)
sub.add_middleware(Timing, name="inner")


@sub.get("/things/{thing:path}")
def thing(thing: str):
    return thing


@asynccontextmanager
async def lifespan(app):
    app.add_api_route("/late", plain_late)
    yield


async def plain_late():
    return {}


api = FastAPI(lifespan=lifespan)
api.add_middleware(Timing)
api.add_middleware(Audit)


@api.middleware("http")
async def stamp(request, call_next):
    return await call_next(request)


api.include_router(v1, prefix="/api")
api.mount("/sub", sub)
api.mount("/raw", bare_asgi)
api.router.routes.append(
    Mount("/plain", routes=[Route("/{name}", plain), Route("/multi", plain, methods=["PUT", "GET"])])
)
api.router.routes.append(Host("files.example.org", app=Mount("/f", routes=[Route("/", plain)])))
api.add_api_route("/late", plain_late, methods=["DELETE"])
api.dependency_overrides[settings] = fake_settings
app = Timing(api)
