"""A line without axes, as inline SVG: whether something grew, fell or stayed."""

from collections.abc import Sequence
from html import escape

WIDTH, HEIGHT, _MARGIN = 120.0, 30.0, 3.0


def sparkline(values: Sequence[float], caption: str) -> str:
    """The values, oldest first, from nothing to the largest; the newest is a dot. Empty where there is none.

    The ground is zero, so that an empty backup is seen as one, and a small change as small.
    """
    if not values:
        return ""
    top = max(*values, 0.0) or 1.0
    step = (WIDTH - 2 * _MARGIN) / max(1, len(values) - 1)
    points = [
        (_MARGIN + index * step, HEIGHT - _MARGIN - max(0.0, value) / top * (HEIGHT - 2 * _MARGIN))
        for index, value in enumerate(values)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return (
        f'<svg viewBox="0 0 {WIDTH:.0f} {HEIGHT:.0f}" role="img" aria-label="{escape(caption)}">'
        f'<polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="2.6"/></svg>'
    )
