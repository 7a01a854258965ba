"""Charges the time of a request to the layers that it passes through."""
