"""What joins other messages."""

TEXTS = {
    "sentences": "{parts:sentences}",
}
