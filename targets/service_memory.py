"""A service of users and orders over dicts in memory: the service itself, without a database."""

from collections import defaultdict
from collections.abc import Sequence
from operator import attrgetter

from _models import USERS, StoredUser
from _orders import orders
from _service import NewOrder, service

TARGET = {
    "over": "fastapi_response_model",
    "adds": "a service",
    "requires": ["fastapi>=0.100"],
    "effort": "default",
    "requests": {
        "rows100": {"path": "/v1/users?limit=100", "expect": {"rows": 100}},
        "user": {"path": "/v1/users/1", "expect": {"json_file": "user_1"}},
        "orders": {"path": "/v1/users/1/orders", "effort": "full", "expect": {"rows": 10}},
        "create": {
            "effort": "full",
            "path": "/v1/orders",
            "method": "POST",
            "json": {
                "id": 10001,
                "user_id": 1001,
                "product": "Café au lait bowl",
                "quantity": 2,
                "price_cents": 1450,
                "placed_at": "2025-06-01T12:30:00",
                "address": "Rue de l'Église 7, 10117",
                "note": "Ring twice",
            },
            "expect": {"status": 201, "json_file": "order_10001"},
        },
        "missing": {
            "path": "/v1/users/999999",
            "effort": "full",
            "expect": {"status": 404, "json_file": "not_found"},
        },
        "invalid": {
            "path": "/v1/users?limit=many",
            "effort": "full",
            "expect": {"status": 422, "json_file": "invalid"},
        },
    },
}


class MemoryRepository:
    def __init__(self) -> None:
        self._users = {user.id: user for user in USERS}
        self._orders: dict[int, NewOrder] = {}
        self._orders_of: defaultdict[int, dict[int, NewOrder]] = defaultdict(dict)
        for order in orders(1, 10_001):
            self._put(NewOrder(**order._asdict()))

    async def users(self, limit: int) -> Sequence[StoredUser]:
        return USERS[:limit]

    async def user(self, user_id: int) -> StoredUser | None:
        return self._users.get(user_id)

    async def orders_of(self, user_id: int) -> Sequence[NewOrder]:
        return sorted(self._orders_of.get(user_id, {}).values(), key=attrgetter("id"))

    async def place(self, order: NewOrder) -> NewOrder:
        self._put(order)
        return order

    async def ping(self) -> None:
        pass

    def _put(self, order: NewOrder) -> None:
        if order.id in self._orders:
            del self._orders_of[self._orders[order.id].user_id][order.id]
        self._orders[order.id] = self._orders_of[order.user_id][order.id] = order


REPOSITORY = MemoryRepository()


async def repository() -> MemoryRepository:
    return REPOSITORY


app = service(repository)
