"""The commands and their flags, which are named as those of the Prometheus exporters are."""

import argparse
import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from immich_backup_exporter import __version__
from immich_backup_exporter.domain.clock import SystemClock
from immich_backup_exporter.domain.errors import ConfigurationError, StoreError
from immich_backup_exporter.domain.messages import Message, Text
from immich_backup_exporter.words import ENGLISH

PROGRAM = "immich-backup-exporter"
DEFAULT_ADDRESS = ":10321"


def run(arguments: Sequence[str]) -> int:
    """Run one command. Returns the exit code: 0 done, 1 it could not be done (said in a sentence), 2 wrong usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except ConfigurationError as error:
        _complain(*error.messages)
    except StoreError as error:
        _complain(error.explanation)
    except KeyboardInterrupt:
        return 130
    return 1


def _complain(*messages: Text) -> None:
    for message in messages:
        print(f"{PROGRAM}: {ENGLISH.render(message)}", file=sys.stderr)


# --- flags


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        description="Tells Prometheus whether the restic backups and database dumps of an Immich library are good.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    serve = _command(commands, "serve", _serve, "poll on its own timers and serve HTTP")
    _add_config_file(serve)
    _add_listen(serve)
    serve.add_argument(
        "--web.enable-lifecycle",
        dest="enable_lifecycle",
        action="store_true",
        help="let POST /-/reload read the configuration again",
    )
    _add_log(serve)

    from immich_backup_exporter.checking import add_accept_flags, add_check_flags

    check = _command(commands, "check", _check, "say what is wrong; exit code 0 fine, 1 warning, 2 critical, 3 unknown")
    add_check_flags(check)
    _add_config_file(check)
    _add_listen(check)

    accept = _command(commands, "accept", _accept, "the size that there is now is meant: make it the usual one")
    add_accept_flags(accept)
    _add_config_file(accept)

    # These two are taken before anything here is imported (see __main__): they are listed for those who ask for help.
    commands.add_parser("run", add_help=False, help="run a command unchanged and record how it went (run --help)")
    commands.add_parser("record", add_help=False, help="record a run that something else executed (record --help)")

    config = _command(commands, "config", None, "look at the configuration")
    parts = config.add_subparsers(title="commands", metavar="COMMAND", required=True)
    validate = _command(parts, "check", _config_check, "validate it; exit code 0 if it can be used, else 1")
    validate.add_argument(
        "--probe", action="store_true", help="also try every path and repository, and say what is missing to read them"
    )
    _add_config_file(validate)
    show = _command(parts, "show", _config_show, "print the effective settings, every secret masked")
    _add_config_file(show)
    _command(parts, "schema", _config_schema, "print the JSON Schema of the file")

    _command(commands, "rules", _rules, "print the alert rules of this version, for Prometheus")
    _command(commands, "dashboard", _dashboard, "print the dashboard of this version, for Grafana")

    health = _command(commands, "healthcheck", _healthcheck, "ask the agent's own /-/healthy, for a container")
    _add_listen(health)

    demo = _command(commands, "demo", _demo, "make a small library with a month of backups and serve it")
    from immich_backup_exporter.demo import add_flags

    add_flags(demo)
    _add_log(demo)
    return parser


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    function: object,
    text: str,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", allow_abbrev=False)
    if function is not None:
        parser.set_defaults(command=function)
    return parser


def _add_config_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config.file",
        dest="config_file",
        metavar="FILE",
        help="the YAML file; without one the environment (IMMICH_BACKUP_*, or restic's own variables) says it all",
    )


def _add_listen(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--web.listen-address",
        dest="listen_addresses",
        metavar="ADDRESS",
        action="append",
        help=f"where to listen, may be repeated (default {DEFAULT_ADDRESS})",
    )
    parser.add_argument(
        "--web.config.file",
        dest="web_config_file",
        metavar="FILE",
        help="TLS, client certificates and users, in the format of the Prometheus exporter-toolkit",
    )


def _add_log(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--log.level", dest="log_level", choices=("debug", "info", "warn", "error"), default="info")
    parser.add_argument("--log.format", dest="log_format", choices=("logfmt", "json"), default="logfmt")


def _addresses(options: argparse.Namespace) -> Sequence[str]:
    return options.listen_addresses or [DEFAULT_ADDRESS]


# --- commands; each imports what it needs, so that none waits for the others' libraries


@contextmanager
def _importing() -> Iterator[None]:
    """What is imported stays: to look for garbage in it, at the start and at the end, is a quarter of a short life."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _serve(options: argparse.Namespace) -> int:
    # Told to end while the libraries load: there is nothing to end yet, and that is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with _importing():
        from immich_backup_exporter.app import ServeOptions, serve
        from immich_backup_exporter.logs import configure_logs
        from immich_backup_exporter.web.listen import ListenError

    configure_logs(options.log_level, options.log_format, SystemClock())
    try:
        asyncio.run(
            serve(
                ServeOptions(
                    config_file=options.config_file,
                    listen_addresses=_addresses(options),
                    web_config_file=options.web_config_file,
                    enable_lifecycle=options.enable_lifecycle,
                    environ=os.environ,
                )
            )
        )
    except ListenError as error:
        _complain(error.message)
        return 1
    return 0


def _check(options: argparse.Namespace) -> int:
    with _importing():
        from immich_backup_exporter.checking.agent import AgentAddress
        from immich_backup_exporter.checking.answers import NOTHING_KNOWN, NothingToAsk
        from immich_backup_exporter.checking.missing import missing_files
        from immich_backup_exporter.checking.run import CheckOptions, check
        from immich_backup_exporter.checking.table import print_json, print_table
        from immich_backup_exporter.logs import configure_logs

    clock = SystemClock()
    configure_logs("error", "logfmt", clock)  # what it would warn of is among the findings
    asked = CheckOptions(
        config_file=options.config_file,
        agent=AgentAddress(
            listen_addresses=_addresses(options),
            web_config_file=options.web_config_file,
            user=options.web_user,
            password_file=options.web_password_file,
        ),
        fresh=options.fresh,
        environ=os.environ,
    )
    try:
        answer = check(asked, clock)
    except NothingToAsk as error:
        _complain(*error.messages)
        return NOTHING_KNOWN
    except ConfigurationError as error:
        _complain(*error.messages)
        return NOTHING_KNOWN  # 1 would be a warning
    except StoreError as error:
        _complain(error.explanation)
        return NOTHING_KNOWN
    if options.json:
        print_json(answer)
    else:
        missing = missing_files(asked, clock) if options.verbose else {}
        print_table(answer, verbose=options.verbose, missing=missing)
    return answer.exit_code


def _accept(options: argparse.Namespace) -> int:
    with _importing():
        from immich_backup_exporter.checking.accepting import AcceptOptions, accept

    asked = AcceptOptions(
        config_file=options.config_file,
        plan=options.plan,
        reason=options.reason,
        environ=os.environ,
    )
    print(ENGLISH.render(accept(asked, SystemClock())))
    return 0


def _healthcheck(options: argparse.Namespace) -> int:
    from immich_backup_exporter.web.health import healthcheck

    healthy, message = healthcheck(_addresses(options), options.web_config_file)
    print(ENGLISH.render(message), file=sys.stdout if healthy else sys.stderr)
    return 0 if healthy else 1


def _config_check(options: argparse.Namespace) -> int:
    from immich_backup_exporter.config import read

    configuration = read(options.config_file, os.environ, now=SystemClock().now())
    for warning in configuration.settings.warnings:
        print(ENGLISH.render(Message("config.note", note=warning)))
    if options.probe:
        from .probing.run import probe_all

        return probe_all(configuration.settings, os.environ)
    print(ENGLISH.render(Message("config.usable")))
    return 0


def _config_show(options: argparse.Namespace) -> int:
    from immich_backup_exporter.config import read, show

    print(show(read(options.config_file, os.environ, now=SystemClock().now()).model), end="")
    return 0


def _config_schema(_: argparse.Namespace) -> int:
    from immich_backup_exporter.config import schema

    print(json.dumps(schema(), indent=2))
    return 0


def _rules(_: argparse.Namespace) -> int:
    from immich_backup_exporter.rules import annotated
    from immich_backup_exporter.shipped import RULES, shipped
    from immich_backup_exporter.words import ENGLISH

    print(annotated(shipped(RULES), ENGLISH), end="")
    return 0


def _dashboard(_: argparse.Namespace) -> int:
    from immich_backup_exporter.shipped import DASHBOARD, shipped

    print(shipped(DASHBOARD), end="")
    return 0


def _demo(options: argparse.Namespace) -> int:
    with _importing():
        from immich_backup_exporter.demo.run import run_demo

    return run_demo(options)
