"""The measured app: imported, started, described, and why it can't be."""
