"""1,000 requests/s at even intervals, open model: latency counts from the scheduled send."""

from bench.load.user import HotUser

SCENARIO = {
    "cases": ["raw_asgi:rows100", "fastapi_plain:rows100", "fastapi_response_model:rows100"],
    "model": "open",
    "rate": 1000,
    "users": 64,
    "duration_s": 8.0,
    "effort": "default",
}


class Steady(HotUser):
    """Nothing to add: which request is `bench load`'s choice, or GET / of --host."""
