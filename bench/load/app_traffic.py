"""Somebody's own app: its routes at random, each as often as its share of the traffic. A Locust file."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import accumulate

from locust import task

from bench.answers.app_response import AppResponse
from bench.answers.comparing import skipped_bytes
from bench.load.answer_reader import AnswerSampling
from bench.load.connection import HttpResponse
from bench.load.messages import RouteExchange
from bench.load.user import RawUser

SCENARIO = {
    "model": "closed",
    "users": 16,
    "duration_s": 4.0,
}

Check = Callable[[HttpResponse], bool]


@dataclass
class LoadedRoute:
    """One request, and how its answers are looked at: bodies that are always the same all, others by samples."""

    asked: RouteExchange
    sampling: AnswerSampling = field(init=False)

    def __post_init__(self) -> None:
        self.sampling = AnswerSampling(self.asked.exchange)

    def check(self) -> Check | None:
        """None where the next answer isn't looked at."""
        if self.asked.exchange.compared == "bytes":
            return self._same
        return self._fits if self.sampling.due else None

    def _same(self, answer: HttpResponse) -> bool:
        right = self.asked.exchange
        skipped = skipped_bytes(right.content_encoding)
        return answer.body[skipped:] == right.answer[skipped:]

    def _fits(self, answer: HttpResponse) -> bool:
        return self.sampling.fits(AppResponse(answer.status, answer.headers, answer.body))


class Visitor(RawUser):
    """Asks again as soon as it is answered, or in its turn."""

    picks = random.Random(20)
    """The same order of routes in every load."""
    routes: tuple[LoadedRoute, ...] = ()
    shares: tuple[float, ...] = ()
    """Of the routes, added up."""

    def on_start(self) -> None:
        order = self.session.order
        if not Visitor.routes and order is not None:
            Visitor.routes = tuple(map(LoadedRoute, order.routes))
            Visitor.shares = tuple(accumulate(one.weight for one in order.routes))

    @task
    def ask(self) -> None:
        (route,) = self.picks.choices(self.routes, cum_weights=self.shares)
        right = route.asked.exchange
        self.request(
            right.method,
            right.path,
            right.body,
            headers=right.headers,
            name=route.asked.name,
            status=right.status,
            check=route.check(),
        )
