"""Services that a target needs beside it."""
