"""Prepared requests, put to an app without a server."""
