"""The HTTP server: metrics, health, reload, the page, and the exporter-toolkit's web configuration."""
