"""What documents are made of, by the kind of result."""
