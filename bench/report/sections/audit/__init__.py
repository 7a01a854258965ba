"""The sections of an audit."""
