"""What an audit says of an app: each route, each part, and findings with their price."""
