"""The command ``immich-backup-exporter``."""

import sys


def main() -> int:
    """Run the command line; returns the exit code."""
    from immich_backup_exporter.cli import run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
