"""What people say about frameworks, put to a run."""
