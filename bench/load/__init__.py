"""The load generator that runs inside Locust."""
