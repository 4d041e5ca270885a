"""The commands ``check`` and ``accept``: the alerts' conclusions without a Prometheus, and what is meant to be small.

Only the flags are here, since every command imports them; what they start is in :mod:`.run` and :mod:`.accepting`.
"""

import argparse


def add_check_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``check`` that no other command has."""
    parser.add_argument("--fresh", action="store_true", help="look at everything now, instead of asking the agent")
    parser.add_argument("--json", action="store_true", help="print JSON for programs instead of a table for people")
    parser.add_argument(
        "--verbose", action="store_true", help="also show every check that found nothing wrong, and list missing files"
    )
    parser.add_argument(
        "--web.user", dest="web_user", metavar="NAME", help="a user of the agent's --web.config.file, to ask it as"
    )
    parser.add_argument(
        "--web.password-file", dest="web_password_file", metavar="FILE", help="the file that holds that user's password"
    )


def add_accept_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of ``accept`` that no other command has."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--plan", metavar="[REPOSITORY/]PLAN", help="the size and the number of the snapshots of this plan are meant"
    )
    what.add_argument("--dump", action="store_true", help="the size of the newest database dump is meant")
    parser.add_argument("--reason", metavar="TEXT", default="", help="why; it is kept, and shown by check")
