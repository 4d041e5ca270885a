"""What `run` was asked to do. Taken apart by hand: argparse would cost as much as all the rest before the start."""

import os

from immich_backup_exporter.domain.messages import Message

SPOOL_VARIABLE = "IMMICH_BACKUP_SPOOL_DIR"
DEFAULT_SPOOL = "/var/lib/immich-backup-exporter/spool"

USAGE = """\
usage: immich-backup-exporter run --job NAME [OPTIONS] -- COMMAND [ARGUMENT ...]

Runs COMMAND unchanged (input, output, terminal, signals, exit code) and records the run.

  --job NAME              the job's name, as the agent's configuration declares it
  --spool-dir DIR         where reports are left for the agent (default: $IMMICH_BACKUP_SPOOL_DIR,
                          else /var/lib/immich-backup-exporter/spool)
  --push.url URL          also send the reports to the agent at URL; may be given several times
  --push.token-file FILE  holds the token for --push.url
  --read-data             the command is a check that reads all data, where its own arguments do not say so
  --read-data-subset N/T  the command is a check that reads this part of the data; likewise
  --skipped-exit-code N   with this exit code the command says that it tried nothing (the disk was not there)
"""

_WITH_VALUE = (
    "--job", "--spool-dir", "--push.url", "--push.token-file", "--read-data-subset", "--skipped-exit-code"
)  # fmt: skip


class RunOptions:
    """Plain attributes; ``complaint`` is what is wrong with the options, which never keeps the command from running."""

    def __init__(self) -> None:
        self.job = ""
        self.spool_dir = os.environ.get(SPOOL_VARIABLE) or DEFAULT_SPOOL
        self.spool_dir_given = SPOOL_VARIABLE in os.environ
        self.push_urls: list[str] = []
        self.push_token_file: str | None = None
        self.read_data = False
        self.read_data_subset: str | None = None
        self.skipped_exit_code: int | None = None
        self.command: list[str] = []
        self.complaint: Message | None = None
        self.help = False

    def complain(self, message: Message) -> None:
        self.complaint = self.complaint or message


def parse_run(arguments: list[str]) -> RunOptions:
    """Everything after the first ``--``, or else from the first word that is no option of ours, is the command."""
    options = RunOptions()
    position = 0
    while position < len(arguments):
        word = arguments[position]
        position += 1
        if word == "--":
            break
        if not word.startswith("-") or word == "-":
            position -= 1
            break
        name, equals, value = word.partition("=")
        if name in ("-h", "--help") and not equals:
            options.help = True
            return options
        if name == "--read-data" and not equals:
            options.read_data = True
        elif name not in _WITH_VALUE:
            options.complain(Message("run.unknown_option", option=name))
            position = _after_dashes(arguments, position)
            break
        else:
            if not equals:
                if position == len(arguments) or arguments[position] == "--":
                    options.complain(Message("run.option_without_value", option=name))
                    continue
                value = arguments[position]
                position += 1
            _take(options, name, value)
    options.command = arguments[position:]
    if not options.job:
        options.complain(Message("run.no_job"))
    return options


def _after_dashes(arguments: list[str], position: int) -> int:
    """Behind an option that is unknown only ``--`` tells where the command begins."""
    try:
        return arguments.index("--", position) + 1
    except ValueError:
        return len(arguments)


def _take(options: RunOptions, name: str, value: str) -> None:
    if name == "--job":
        options.job = value
    elif name == "--spool-dir":
        options.spool_dir = value
        options.spool_dir_given = True
    elif name == "--push.url":
        options.push_urls.append(value)
    elif name == "--read-data-subset":
        options.read_data_subset = value
    elif name == "--skipped-exit-code":
        if value.isascii() and value.isdigit() and 1 <= int(value) <= 255:
            options.skipped_exit_code = int(value)
        else:
            options.complain(Message("run.bad_skipped_exit_code"))
    else:
        options.push_token_file = value
