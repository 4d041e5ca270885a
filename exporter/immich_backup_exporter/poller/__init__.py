"""Looks at each source on its own timer, stores what is new and publishes what is known."""
