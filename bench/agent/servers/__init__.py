"""Servers that run inside the agent."""
