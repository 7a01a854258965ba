"""One file per command: parses the words, calls one workflow, prints."""
