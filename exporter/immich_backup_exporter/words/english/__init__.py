"""English. The module of each subject holds its texts: that of ``stale.too_old`` stands in ``stale.py``."""

from immich_backup_exporter.words.language import Language, texts_in

ENGLISH = Language(
    code="en",
    texts=texts_in(__name__),
    form=lambda number: 0 if number == 1 else 1,
    units={
        "byte": "# byte|# bytes",
        "day": "# day|# days",
        "hour": "# hour|# hours",
        "minute": "# minute|# minutes",
        "second": "# second|# seconds",
        "short_day": "# d",
        "short_hour": "# h",
        "short_minute": "# min",
        "short_second": "# s",
    },
)
