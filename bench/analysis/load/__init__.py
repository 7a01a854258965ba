"""What a load says of a server: rates, latencies, errors, and how the service did."""
