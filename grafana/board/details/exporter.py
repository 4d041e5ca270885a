"""The row about the exporter itself: its polls and what they cost."""

from board.panels import About, Column, Line, lines, most, rows
from board.query import ON_TARGET, milliseconds, of_the_exporter, series
from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.metrics import catalog as c

from .placing import HALF, REPOSITORY, THIRD, Placed

_ON_CLOCK = f"{series(c.TIME)} - ignoring (repository) group_right ()"


def row() -> Placed:
    ours = f"and {ON_TARGET} {series(c.BUILD_INFO)}"
    yield (
        lines(
            About(
                title=Message("board.time_since_the_last_poll"),
                description=Message("board.time_since_the_last_poll_help"),
                runbooks=("PollStalled",),
            ),
            "s",
            Line(
                expression=f"{_ON_CLOCK} {series(c.REPOSITORY_LAST_POLL)}",
                name=REPOSITORY,
            ),
            most(f"5 * {series(c.REPOSITORY_POLL_INTERVAL)}", REPOSITORY),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.duration_of_a_poll"),
                description=Message("board.duration_of_a_poll_help"),
                runbooks=("PollStalled", "RepositoryUnreachable"),
            ),
            "s",
            Line(expression=series(c.REPOSITORY_POLL_DURATION), name=REPOSITORY),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.polls_per_hour"),
                description=Message("board.polls_per_hour_help"),
                runbooks=("RepositoryUnreachable",),
            ),
            "short",
            Line(expression=f"3600 * rate({series(c.REPOSITORY_POLLS)}[$__rate_interval])", name=REPOSITORY),
            Line(
                expression=f"3600 * rate({series(c.REPOSITORY_POLL_FAILURES)}[$__rate_interval])",
                name=Message("board.failed", repository=REPOSITORY),
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.restic_processes_per_hour"),
                description=Message("board.restic_processes_per_hour_help"),
            ),
            "short",
            Line(
                expression=(
                    "3600 * sum by (repository, command, outcome) "
                    f"(rate({series(c.RESTIC_COMMANDS)}[$__rate_interval]))"
                ),
                name=f"{REPOSITORY} {{{{command}}}}: {{{{outcome}}}}",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.time_in_restic"),
                description=Message("board.time_in_restic_help"),
            ),
            "percentunit",
            Line(
                expression=(
                    f"sum by (repository, command) (rate({series(c.RESTIC_COMMAND_SECONDS)}[$__rate_interval]))"
                ),
                name=f"{REPOSITORY} {{{{command}}}}",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.memory"),
                description=Message("board.memory_help"),
                runbooks=("ExporterRestarting",),
            ),
            "bytes",
            Line(expression=f"{of_the_exporter('process_resident_memory_bytes')} {ours}", name="{{instance}}"),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.processor"),
                description=Message("board.processor_help"),
            ),
            "percentunit",
            Line(
                expression=(f"rate({of_the_exporter('process_cpu_seconds_total', '[$__rate_interval]')}) {ours}"),
                name="{{instance}}",
            ),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.clocks"),
                description=Message("board.clocks_help"),
                runbooks=("ClockSkew",),
            ),
            "s",
            Line(expression=f"abs(timestamp({series(c.TIME)}) - {series(c.TIME)})", name="{{instance}}"),
        ),
        THIRD,
    )
    yield (
        lines(
            About(
                title=Message("board.own_failures"),
                description=Message("board.own_failures_help"),
                runbooks=("StateNotWritable", "ConfigReloadFailed"),
            ),
            "short",
            Line(
                expression=f"increase({series(c.STATE_WRITE_FAILURES)}[$__rate_interval])",
                name=Message("board.failed_writes"),
            ),
            Line(expression=f"1 - {series(c.RELOAD_SUCCESSFUL)}", name=Message("board.configuration_refused")),
        ),
        THIRD,
    )
    yield (
        rows(
            About(
                title=Message("board.exporters"),
                description=Message("board.exporters_help"),
                runbooks=("ExporterDown",),
            ),
            ("instance", "version", "revision", "python"),
            Column(expression=series(c.BUILD_INFO)),
            Column(expression=milliseconds(c.STATE_CREATED), header=Message("board.state_since"), unit="dateTimeAsIso"),
            Column(
                expression=f"1000 * {of_the_exporter('process_start_time_seconds')} {ours}",
                header=Message("board.started"),
                unit="dateTimeFromNow",
            ),
            Column(
                expression=milliseconds(c.RELOAD_SUCCESS_TIMESTAMP),
                header=Message("board.configured"),
                unit="dateTimeFromNow",
            ),
        ),
        HALF,
    )
    yield (
        rows(
            About(
                title=Message("board.repositories"),
                description=Message("board.repositories_help"),
                runbooks=("RepositoryUnreachable",),
            ),
            ("instance", "repository", "backend"),
            Column(expression=series(c.REPOSITORY_INFO)),
            Column(
                expression=milliseconds(c.REPOSITORY_LAST_POLL_SUCCESS),
                header=Message("board.last_reached"),
                unit="dateTimeFromNow",
            ),
            Column(
                expression=milliseconds(c.REPOSITORY_LAST_OPEN_SUCCESS),
                header=Message("board.last_opened"),
                unit="dateTimeFromNow",
            ),
            Column(expression=series(c.REPOSITORY_OFFSITE), header=Message("board.off_site"), unit="bool_yes_no"),
        ),
        HALF,
    )
