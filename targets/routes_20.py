"""FastAPI looking for a route among 20."""

from _routes import app_with

TARGET = {
    "over": "fastapi_hello",
    "adds": "20 routes",
    "requires": ["fastapi>=0.100"],
    "effort": "full",
    "requests": {
        "first": {"path": "/route001", "over": "plain", "expect": {"text": "Hello, world!"}},
        "last": {"path": "/route020", "over": "plain", "expect": {"text": "Hello, world!"}},
        "unmatched": {"path": "/nowhere", "expect": {"status": 404, "text": '{"detail":"Not Found"}'}},
        "start": {
            "path": "/route001",
            "only": ["start-up"],
            "effort": "default",
            "expect": {"text": "Hello, world!"},
        },
    },
}

app = app_with(routes=20)
