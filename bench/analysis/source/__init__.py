"""Which functions and lines differ between two versions of a source."""
