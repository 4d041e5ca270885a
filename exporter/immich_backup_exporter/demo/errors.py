"""What keeps the demo from going on."""


class DemoError(Exception):
    """The demo cannot go on. The message says why and what to do about it."""
