"""Reads the values of settings, as YAML or an environment variable gave them, and writes them again.

Each reader raises :func:`refuse` with what is wrong and how to fix it; :mod:`.load` adds where the value stood.
Values of secret kinds never enter a message.
"""

import os
import re
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from immich_backup_exporter.domain.messages import Message
from immich_backup_exporter.formats import repository_url

from .messages import REFUSED, quoted

T = TypeVar("T")

LONGEST_PAUSE = timedelta(days=60)
LONGEST_DURATION = timedelta(days=365 * 100)
SHORTEST_INTERVAL = timedelta(seconds=1)

DURATION = r"(?:([0-9]+)y)?(?:([0-9]+)w)?(?:([0-9]+)d)?(?:([0-9]+)h)?(?:([0-9]+)m)?(?:([0-9]+)s)?(?:([0-9]+)ms)?"
_DURATION_UNITS = (
    timedelta(days=365),
    timedelta(weeks=1),
    timedelta(days=1),
    timedelta(hours=1),
    timedelta(minutes=1),
    timedelta(seconds=1),
    timedelta(milliseconds=1),
)
_PRINTED_UNITS = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
SIZE = r"([0-9]+(?:\.[0-9]+)?) ?(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)"
_SIZE_UNITS = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
NAME = r"[a-z0-9_]+"
HOURS = r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?( ?(Z|[+-][0-9]{2}:?[0-9]{2}))?)?"
_CRON_FIELDS = (
    (Message("setting.minute"), 0, 59),
    (Message("setting.hour"), 0, 23),
    (Message("setting.day"), 1, 31),
    (Message("setting.month"), 1, 12),
    (Message("setting.weekday"), 0, 7),
)

ALLOWED_RESTIC_VARIABLES = (
    "RESTIC_REST_USERNAME",
    "RESTIC_REST_PASSWORD",
    "RESTIC_CACERT",
    "RESTIC_TLS_CLIENT_CERT",
    "RESTIC_KEY_HINT",
    "RESTIC_FEATURES",
    "RESTIC_HTTP_USER_AGENT",
)
"""Restic's own variables that only say how to reach a repository; the others change what restic answers."""

_REFUSED_VARIABLES = {
    "RESTIC_REPOSITORY": Message("setting.variable_is_key_of_repository", key="repository"),
    "RESTIC_REPOSITORY_FILE": Message("setting.variable_is_key_of_repository", key="repository_file"),
    "RESTIC_PASSWORD": Message("setting.variable_is_key_of_repository", key="password"),
    "RESTIC_PASSWORD_FILE": Message("setting.variable_is_key_of_repository", key="password_file"),
    "RESTIC_PASSWORD_COMMAND": Message("setting.variable_is_key_of_repository", key="password_command"),
    "RESTIC_CACHE_DIR": Message("setting.variable_is_key", key="cache_dir"),
    "RESTIC_HOST": Message("setting.variable_hides_hosts"),
}


class Context(NamedTuple):
    """What validating needs to know from outside the configuration."""

    now: datetime
    zone: Callable[[], ZoneInfo | None]
    """Of times without one, asked when one is met: the settings are merged by then. ``None``: the system's."""


CONTEXT: ContextVar[Context] = ContextVar("CONTEXT")
"""A variable, because pydantic-settings hands no validation context on."""


def refuse(problem: Message) -> PydanticCustomError:
    """The error for a value that cannot be used; ``problem`` says what is wrong with it and what to do."""
    return PydanticCustomError(REFUSED, "the value is refused", {"problem": problem})


def parse_duration(value: object) -> timedelta:
    """Read a duration as Prometheus writes it: ``90s``, ``26h``, ``1h30m``, ``8d``; a year has 365 days."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise refuse(Message("setting.no_duration"))
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    if text.isdecimal():
        raise refuse(Message("setting.duration_without_unit", value=text[:20]))
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", text):
        raise refuse(Message("setting.duration_like_time", value=quoted(text)))
    match = re.fullmatch(DURATION, text)
    if not text or match is None:
        raise refuse(Message("setting.bad_duration", value=quoted(text)))
    try:
        total = sum((unit * int(n) for n, unit in zip(match.groups(), _DURATION_UNITS, strict=True) if n), timedelta(0))
    except (OverflowError, ValueError):
        total = timedelta.max
    if total > LONGEST_DURATION:
        raise refuse(Message("setting.duration_too_long"))
    return total


def format_duration(value: timedelta) -> str:
    """Write a duration in the largest single unit that fits: ``26h``, ``35d``, ``90s``."""
    milliseconds = value // timedelta(milliseconds=1)
    if not milliseconds:
        return "0s"
    unit = next(unit for unit, size in _PRINTED_UNITS.items() if milliseconds % size == 0)
    return f"{milliseconds // _PRINTED_UNITS[unit]}{unit}"


def positive(value: timedelta) -> timedelta:
    if not value:
        raise refuse(Message("setting.duration_zero"))
    return value


def interval(value: timedelta) -> timedelta:
    if value < SHORTEST_INTERVAL:
        raise refuse(Message("setting.interval_too_short"))
    return value


def interval_or_never(value: timedelta) -> timedelta:
    return interval(value) if value else value


def parse_size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        raise refuse(Message("setting.size_without_unit", value=str(value)[:20]))
    match = re.fullmatch(SIZE, value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(Message("setting.no_size", value=quoted(value)))
    size = int(float(match[1]) * _SIZE_UNITS[match[2]])
    if not 0 < size < 2**63:
        raise refuse(Message("setting.size_out_of_range", value=quoted(value)))
    return size


def format_size(value: int) -> str:
    unit = next(unit for unit in ("TiB", "GiB", "MiB", "KiB", "B") if value % _SIZE_UNITS[unit] == 0)
    return f"{value // _SIZE_UNITS[unit]}{unit}"


def parse_text(value: object) -> str:
    if isinstance(value, bool | int | float):
        raise refuse(Message("setting.number_as_text"))
    if value is None:
        raise refuse(Message("setting.empty"))
    if not isinstance(value, str):
        raise refuse(Message("setting.must_be_text"))
    if not value.strip():
        raise refuse(Message("setting.empty"))
    if "\0" in value:
        raise refuse(Message("setting.nul_character"))
    return value


def parse_secret(value: object) -> object:
    if isinstance(value, SecretStr):
        return value
    text = parse_text(value)
    if text != text.strip("\r\n"):
        raise refuse(Message("setting.secret_with_line_break"))
    return text


def parse_absolute(value: object) -> str:
    path = parse_text(value)
    if not path.startswith("/"):
        raise refuse(Message("setting.path_not_absolute", value=quoted(path)))
    return "/" + os.path.normpath(path).lstrip("/")


def parse_repository(value: object) -> str:
    url = parse_text(value).strip()
    if url.startswith(("http://", "https://")):
        raise refuse(Message("setting.web_address"))
    try:
        repository_url.parse(url)
    except repository_url.RepositoryUrlError as error:
        raise refuse(Message("setting.bad_repository_url", problem=error.problem)) from None
    return url


def parse_name(value: object) -> str:
    text = str(value)
    if not re.fullmatch(NAME, text):
        better = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") if re.fullmatch(r"[\w. -]{1,40}", text) else ""
        raise refuse(Message("setting.bad_name_fixed", better=better) if better else Message("setting.bad_name"))
    return text


def parse_plan_reference(value: object) -> str:
    text = parse_text(value)
    if not re.fullmatch(f"{NAME}/{NAME}", text):
        raise refuse(Message("setting.no_plan", value=quoted(text)))
    return text


def parse_variable(value: object) -> str:
    name = str(value)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise refuse(Message("setting.no_variable"))
    if problem := _REFUSED_VARIABLES.get(name):
        raise refuse(problem)
    if name.startswith("RESTIC_") and name not in ALLOWED_RESTIC_VARIABLES:
        raise refuse(Message("setting.variable_changes_restic", allowed=ALLOWED_RESTIC_VARIABLES))
    if name.startswith(("LD_", "DYLD_")) or name in ("BASH_ENV", "ENV", "GCONV_PATH"):
        raise refuse(Message("setting.variable_loads_code"))
    return name


def parse_timezone(value: object) -> str:
    name = parse_text(value)
    if find_zone(name) is None:
        raise refuse(Message("setting.unknown_time_zone", value=quoted(name)))
    return name


def find_zone(name: object) -> ZoneInfo | None:
    """The time zone of an IANA name, or ``None``."""
    try:
        return ZoneInfo(name) if isinstance(name, str) else None
    except (KeyError, ValueError, OSError):  # not found; not a name or not a zone file; a folder such as "Europe"
        return None


def parse_flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in ("true", "yes", "on", "1"):
        return True
    if isinstance(value, str) and value.strip().lower() in ("false", "no", "off", "0"):
        return False
    raise refuse(Message("setting.no_flag", value=quoted(value)))


def parse_count(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    raise refuse(Message("setting.no_count", value=quoted(value)))


def parse_ratio(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not 0 < number <= 1:
        raise refuse(Message("setting.no_ratio", value=quoted(value)))
    return number


def parse_snapshot_id(value: object) -> str:
    text = parse_text(value).lower()
    if not re.fullmatch(r"[0-9a-f]{8,64}", text):
        raise refuse(Message("setting.no_snapshot_id", value=quoted(text)))
    return text


def parse_paused_until(value: object) -> datetime:
    text = value.strip() if isinstance(value, str) else ""
    context = CONTEXT.get()
    if not re.fullmatch(MOMENT, text):
        raise refuse(Message("setting.no_time", value=quoted(value)))
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "") if len(text) > 10 else text)
        if len(text) == 10:
            moment = datetime.combine(moment.date(), time())
        if moment.tzinfo is None:
            zone = context.zone()
            moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise refuse(Message("setting.time_not_in_calendar", value=quoted(text))) from None
    if moment - context.now > LONGEST_PAUSE:
        raise refuse(Message("setting.pause_too_long", value=quoted(text), longest=LONGEST_PAUSE))
    return moment


def parse_hours(value: object) -> str:
    text = parse_text(value).replace(" ", "")
    if re.fullmatch(HOURS, text) is None:
        raise refuse(Message("setting.no_hours", value=quoted(text)))
    first, _, last = text.partition("-")
    if first == last:
        raise refuse(Message("setting.hours_empty", value=quoted(text)))
    return text


def parse_cron(value: object) -> str:
    text = " ".join(parse_text(value).split())
    fields = text.split(" ")
    if len(fields) != len(_CRON_FIELDS):
        raise refuse(Message("setting.no_schedule", value=quoted(text)))
    for field, (what, lowest, highest) in zip(fields, _CRON_FIELDS, strict=True):
        for item in field.split(","):
            match = re.fullmatch(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?", item)
            first, last = (int(match[1] or lowest), int(match[2] or match[1] or highest)) if match else (1, 0)
            if match is None or not lowest <= first <= last <= highest or match[3] in ("0", "00"):
                raise refuse(
                    Message(
                        "setting.schedule_out_of_range", field=what, value=quoted(item), lowest=lowest, highest=highest
                    )
                )
    return text


def no_empty_list(value: tuple[T, ...]) -> tuple[T, ...]:
    if not value:
        raise refuse(Message("setting.empty_list"))
    return tuple(dict.fromkeys(value))
