"""Names every metric once and turns the published state into what Prometheus reads."""
