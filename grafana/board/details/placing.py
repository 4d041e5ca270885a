"""What the rows have in common: names of series, and widths."""

from collections.abc import Iterator

from board.panels import Panel

PLAN = "{{repository}} · {{plan}}"
REPOSITORY = "{{repository}}"
JOB = "{{job_name}}"
HALF, THIRD, FULL = 12, 8, 24

Placed = Iterator[tuple[Panel, int]]
"""Panels and their widths; they stand side by side, and below when there is no room left."""
