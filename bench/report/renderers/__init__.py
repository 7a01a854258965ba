"""Terminal and HTML, whatever the document."""
