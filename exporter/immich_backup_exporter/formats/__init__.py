"""Bytes and text of other programs to facts; no I/O."""
