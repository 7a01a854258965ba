"""FastAPI with 1 route, as it starts."""

from _routes import app_with

TARGET = {
    "over": "start_starlette",
    "adds": "FastAPI",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {"start": {"path": "/route001", "only": ["start-up"], "expect": {"text": "Hello, world!"}}},
}

app = app_with(routes=1)
