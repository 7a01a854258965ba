"""A typical service: 50% read a user, 20% list users, 15% a user's orders, 10% place one, 3% get a 404, 2% a 422."""

import json
import random
from collections.abc import Callable
from typing import Any

from locust import task

from bench.load.connection import HttpResponse
from bench.load.user import RawUser

SCENARIO = {
    "cases": ["service_sqlalchemy:user"],
    "model": "closed",
    "users": 16,
    "duration_s": 4.0,
    "effort": "default",
}

PICK = random.Random(20)
LISTED = 20
ORDERS_OF_A_USER = 10


def says(right: Callable[[Any], bool]) -> Callable[[HttpResponse], bool]:
    """A check of what an answer says as JSON."""
    return lambda answer: right(json.loads(answer.body))


class Client(RawUser):
    """Asks again as soon as it is answered. Users 1 to 1000 have ten orders each, which nothing here changes."""

    @task(50)
    def read_user(self) -> None:
        user_id = PICK.randint(1, 1000)
        self.get(f"/v1/users/{user_id}", name="user", status=200, check=says(lambda user: user["id"] == user_id))

    @task(20)
    def list_users(self) -> None:
        self.get(
            f"/v1/users?limit={LISTED}",
            name="list",
            status=200,
            check=says(lambda users: [user["id"] for user in users] == list(range(1, LISTED + 1))),
        )

    @task(15)
    def read_orders(self) -> None:
        user_id = PICK.randint(1, 1000)
        self.get(
            f"/v1/users/{user_id}/orders",
            name="orders",
            status=200,
            check=says(lambda orders: [order["user_id"] for order in orders] == [user_id] * ORDERS_OF_A_USER),
        )

    @task(10)
    def place_order(self) -> None:
        """One of a thousand, so that no table grows with what is measured; each of a user that nobody reads."""
        number = PICK.randint(1, 1000)
        order = {
            "id": 10_000 + number,
            "user_id": 1000 + number,
            "product": "Café au lait bowl",
            "quantity": PICK.randint(1, 9),
            "price_cents": 1450,
            "placed_at": "2025-06-01T12:30:00",
            "address": "Rue de l'Église 7, 10117",
            "note": "Ring twice",
        }
        self.post(
            "/v1/orders",
            json.dumps(order).encode(),
            headers={"content-type": "application/json"},
            name="create",
            status=201,
            check=says(lambda placed: all(placed[key] == order[key] for key in placed)),
        )

    @task(3)
    def miss(self) -> None:
        self.get("/v1/users/999999", name="missing", status=404, check=says(lambda said: "error" in said))

    @task(2)
    def mistake(self) -> None:
        self.get("/v1/users?limit=many", name="invalid", status=422, check=says(lambda said: "error" in said))
