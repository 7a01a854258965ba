"""One function per claim or question; the judge finds them by what they return."""
