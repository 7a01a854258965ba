"""Connections that are held open beside requests: a client process of its own, and how it is told what to do."""
