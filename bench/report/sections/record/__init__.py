"""The sections of the record of releases."""
