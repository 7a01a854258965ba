"""Two routes that both match a path: the one declared first answers, or rejects."""

from fastapi import FastAPI

TARGET = {
    "over": None,
    "adds": "two routes for one path",
    "requires": ["fastapi>=0.100"],
    "requests": {
        "wrong_order": {"path": "/users/bulk", "expect": {"status": 422}, "only": ["facts"]},
        "right_order": {"path": "/orders/bulk", "only": ["facts"]},
    },
}

app = FastAPI()


@app.get("/users/{user_id}")
async def read_user(user_id: int) -> dict[str, object]:
    return {"route": "/users/{user_id}", "user_id": user_id}


@app.get("/users/bulk")
async def read_users() -> dict[str, object]:
    return {"route": "/users/bulk"}


@app.get("/orders/bulk")
async def read_orders() -> dict[str, object]:
    return {"route": "/orders/bulk"}


@app.get("/orders/{order_id}")
async def read_order(order_id: int) -> dict[str, object]:
    return {"route": "/orders/{order_id}", "order_id": order_id}
