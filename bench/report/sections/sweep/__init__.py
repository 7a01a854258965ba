"""The sections of a sweep."""
