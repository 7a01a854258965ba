"""Somebody's own app: its routes, and requests for them."""
