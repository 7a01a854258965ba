"""An app that burns known CPU in each of its parts: as much, in µs, as the query of a request says."""

import asyncio
import time
from urllib.parse import parse_qsl

from fastapi import BackgroundTasks, Depends, FastAPI
from pydantic import BaseModel, field_serializer, field_validator
from starlette.middleware.base import BaseHTTPMiddleware

wanted = {}


def burn(place):
    us = wanted.get(place)
    if us:
        end_ns = time.thread_time_ns() + us * 1000
        while time.thread_time_ns() < end_ns:
            pass


class Planting:
    """Outermost: knows what this request is to burn."""

    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            wanted.clear()
            wanted.update((name, int(us)) for name, us in parse_qsl(scope["query_string"].decode()))
        await self.app(scope, receive, send)


class Entering:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            burn("enter")
        await self.app(scope, receive, send)


class Sending:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        async def own(message):
            if message["type"] == "http.response.start":
                burn("send")
            await send(message)

        await self.app(scope, receive, own if scope["type"] == "http" else send)


class Starting:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        task = asyncio.create_task(self.beside())
        await self.app(scope, receive, send)
        await task

    async def beside(self):
        await asyncio.sleep(0)
        burn("task")


class Before(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        burn("before")
        return await call_next(request)


async def after(request, call_next):
    response = await call_next(request)
    burn("after")
    return response


async def asynchronous():
    burn("asynchronous")


def threaded():
    burn("threaded")


async def entered():
    burn("entered")
    yield


async def left():
    yield
    burn("left")


def entered_in_thread():
    burn("entered_in_thread")
    yield


def left_in_thread():
    yield
    burn("left_in_thread")


class Made:
    def __init__(self):
        burn("made")


class Called:
    async def __call__(self):
        burn("called")


class Item(BaseModel):
    number: int

    @field_validator("number")
    @classmethod
    def check(cls, number):
        burn("validator")
        return number


class Answer(BaseModel):
    number: int

    @field_serializer("number")
    def write(self, number):
        burn("serialiser")
        return number


def planting(*stack):
    made = FastAPI()
    for middleware in stack:
        made.add_middleware(middleware)
    return made


app = planting(Starting, Sending, Entering, Planting)
based = planting(Before)
based.middleware("http")(after)
based.add_middleware(Planting)
WITHOUT_THREADS = [Depends(one) for one in (asynchronous, entered, left, Called())]
IN_THREADS = [Depends(one) for one in (threaded, entered_in_thread, left_in_thread, Made)]


@app.post("/items", response_model=Answer, dependencies=WITHOUT_THREADS)
async def post(item: Item, tasks: BackgroundTasks):
    burn("handler")
    tasks.add_task(later)
    return {"number": item.number}


@app.get("/threads", dependencies=IN_THREADS)
def get():
    burn("handler in thread")
    return {"number": 1}


@based.get("/based")
async def answer():
    return {"number": 1}


async def later():
    burn("background")
