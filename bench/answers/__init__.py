"""What came back for a request: decoded, compared with what came before, and checked against what is right."""
