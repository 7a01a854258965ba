"""FastAPI serialising what the return type says, which leaves out the hidden fields of its subclass."""

from _models import USERS, UserOut
from fastapi import FastAPI

TARGET = {
    "over": "fastapi_response_model",
    "adds": "return type",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/users?limit=100", "expect": {"rows": 100}},
        "rows1": {"path": "/users?limit=1", "expect": {"json_file": "users_1"}, "effort": "full"},
        "rows10": {"path": "/users?limit=10", "expect": {"rows": 10}, "effort": "full"},
        "rows1000": {"path": "/users?limit=1000", "expect": {"rows": 1000}, "effort": "full"},
        "rows10000": {"path": "/users?limit=10000", "effort": "full", "expect": {"rows": 10000}},
        "stored": {"path": "/stored", "effort": "quick", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/users")
async def read_users(limit: int) -> list[UserOut]:
    return USERS[:limit]


@app.get("/stored")
async def stored() -> UserOut:
    return USERS[0]
