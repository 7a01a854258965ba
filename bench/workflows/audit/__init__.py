"""Audits of somebody's own app."""
