"""The lower part, for whoever was paged: a titled row for each subject. A new one is a module and a line in `ROWS`."""

from collections.abc import Callable

from . import backups, contents, dumps, exporter, jobs, repositories
from .placing import Placed

ROWS: tuple[tuple[str, Callable[[], Placed]], ...] = (
    ("Backups", backups.row),
    ("What is inside the newest snapshots", contents.row),
    ("Database dumps and the library", dumps.row),
    ("Jobs", jobs.row),
    ("Repositories", repositories.row),
    ("The exporter", exporter.row),
)
"""The titled rows, from above."""
