"""FastAPI with 1,000 routes, as it starts."""

from _routes import app_with

TARGET = {
    "over": "routes_1",
    "adds": "1,000 routes",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {"start": {"path": "/route001", "only": ["start-up"], "expect": {"text": "Hello, world!"}}},
}

app = app_with(routes=1000)
