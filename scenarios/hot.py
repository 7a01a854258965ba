"""The main request of each target, closed model, 16 connections."""

from bench.load.user import HotUser

SCENARIO = {
    "model": "closed",
    "users": 16,
    "duration_s": 4.0,
}


class Hot(HotUser):
    """Nothing to add: which request is `bench load`'s choice, or GET / of --host."""
