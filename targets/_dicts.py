"""The users as dicts: what may leave, and all that is stored."""

from _users import users

PUBLIC = [user.public() for user in users(10_000)]
STORED = [user._asdict() for user in users(10_000)]
