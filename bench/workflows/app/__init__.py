"""Somebody's own app: its requests, traffic and versions."""
