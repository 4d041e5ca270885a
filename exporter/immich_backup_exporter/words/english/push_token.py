"""Why run reports that are pushed cannot be accepted."""

TEXTS = {
    "unreadable": "The push token cannot be read.",
    "unreadable_step": "See that `push.token_file` is readable and holds a token.",
}
