"""From requirements to a locked and cached environment."""
