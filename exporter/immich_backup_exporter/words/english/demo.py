"""The demo: what it prints, and why it cannot begin."""

TEXTS = {
    "free_port": "To take a free port: --web.listen-address=127.0.0.1:0.",
}
