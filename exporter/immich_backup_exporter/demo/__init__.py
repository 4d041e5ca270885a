"""The command ``demo``: a small Immich library with a month of dumps and backups, made on the spot and served.

Only the flags are here, since every command imports them; what they start is in :mod:`.run`.
"""

import argparse
from collections.abc import Callable

DEFAULT_ADDRESS = "127.0.0.1:10321"
DEFAULT_DAYS = 30
DEFAULT_PHOTOS = 300
BREAK_AFTER_SECONDS = 15


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``demo``; what they say is handed to :func:`.run.run_demo`."""
    parser.add_argument(
        "--break",
        dest="kind",
        metavar="KIND",
        help="let it go bad in this way after a while, and show what changes; `--break list` lists the ways",
    )
    parser.add_argument(
        "--break-after",
        dest="break_after",
        metavar="SECONDS",
        type=_number(0, 86_400),
        default=BREAK_AFTER_SECONDS,
        help="how long to serve a healthy library first (default %(default)s)",
    )
    parser.add_argument(
        "--days",
        metavar="N",
        type=_number(2, 366),
        default=DEFAULT_DAYS,
        help="nights of dumps and backups, the last one 11 hours ago (default %(default)s)",
    )
    parser.add_argument(
        "--photos",
        metavar="N",
        type=_number(2, 10_000),
        default=DEFAULT_PHOTOS,
        help="photos in the library at the end (default %(default)s)",
    )
    parser.add_argument(
        "--folder",
        metavar="DIR",
        help="make it here and leave it; an earlier demo in it is used again where it still fits "
        "(default: a scratch folder that is removed at the end)",
    )
    parser.add_argument("--keep", action="store_true", help="leave the scratch folder at the end")
    parser.add_argument("--restic", metavar="PROGRAM", default="restic", help="restic 0.14 or later (default: on PATH)")
    parser.add_argument(
        "--web.listen-address",
        dest="listen_addresses",
        metavar="ADDRESS",
        action="append",
        help=f"where to listen, may be repeated (default {DEFAULT_ADDRESS})",
    )


def _number(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return value

    return number
