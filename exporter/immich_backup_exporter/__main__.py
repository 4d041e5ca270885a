"""The command ``immich-backup-exporter``.

``run`` stands in front of the user's backup, so it goes its own way: nothing else is imported for it.
"""

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    command, arguments = (sys.argv[1] if len(sys.argv) > 1 else ""), sys.argv[2:]
    if command == "run":
        from immich_backup_exporter.jobs import run

        return run.main(arguments)
    if command == "record":
        from immich_backup_exporter.jobs import record

        return record.main(arguments)
    from immich_backup_exporter import cli

    return cli.run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
