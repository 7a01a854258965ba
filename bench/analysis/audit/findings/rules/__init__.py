"""One function per finding, each in a file of its own; the judge finds them by what they return."""
