"""Agents as processes, plans, contracts, and the speed of the core."""
