"""What an audit measures of somebody's own app, a file a pass."""
