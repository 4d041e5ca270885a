"""The lower part, for whoever was paged: a titled row for each subject. A new one is a module and a line in `ROWS`."""

from collections.abc import Callable

from immich_backup_exporter.domain.messages import Message

from . import backups, contents, dumps, exporter, jobs, repositories
from .placing import Placed

ROWS: tuple[tuple[Message, Callable[[], Placed]], ...] = (
    (Message("board.row_backups"), backups.row),
    (Message("board.row_contents"), contents.row),
    (Message("board.row_dumps"), dumps.row),
    (Message("board.row_jobs"), jobs.row),
    (Message("board.row_repositories"), repositories.row),
    (Message("board.row_exporter"), exporter.row),
)
"""The titled rows, from above."""
