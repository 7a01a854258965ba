"""One file per pass of a run."""
