"""The HTTP server: metrics, health, reload, the landing page, and the exporter-toolkit's web configuration."""
