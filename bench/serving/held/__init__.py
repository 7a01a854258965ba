"""Connections that are held open beside requests: a client process of its own, and the commands to it."""
