"""What an audit tells its reader to look at, each with a price measured on that app."""
