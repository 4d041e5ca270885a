"""Reads the values of settings, as YAML or an environment variable gave them, and writes them again.

Each reader raises :func:`refuse` with what is wrong and the mend; where the value stood is added by :mod:`.messages`.
Values of secret kinds never enter a sentence.
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
_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day", 1, 31), ("month", 1, 12), ("weekday", 0, 7))

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
    "RESTIC_REPOSITORY": "belongs in the key `repository` of the repository",
    "RESTIC_REPOSITORY_FILE": "belongs in the key `repository_file` of the repository",
    "RESTIC_PASSWORD": "belongs in the key `password` of the repository",
    "RESTIC_PASSWORD_FILE": "belongs in the key `password_file` of the repository",
    "RESTIC_PASSWORD_COMMAND": "belongs in the key `password_command` of the repository",
    "RESTIC_CACHE_DIR": "belongs in the key `cache_dir`",
    "RESTIC_HOST": "would hide the snapshots of every other host; give a plan its `host` instead",
}


class Context(NamedTuple):
    """What validating needs to know from outside the configuration."""

    now: datetime
    zone: Callable[[], ZoneInfo | None]
    """Of times without one, asked when one is met: the settings are merged by then. ``None``: the system's."""


CONTEXT: ContextVar[Context] = ContextVar("CONTEXT")
"""A variable, because pydantic-settings hands no validation context on."""


def refuse(sentence: str) -> PydanticCustomError:
    """The error for a value that cannot be used; ``sentence`` says what is wrong with it and what to do."""
    return PydanticCustomError(REFUSED, "{sentence}", {"sentence": sentence})


def parse_duration(value: object) -> timedelta:
    """Read a duration as Prometheus writes it: ``90s``, ``26h``, ``1h30m``, ``8d``; a year has 365 days."""
    if isinstance(value, timedelta):
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise refuse("is not a duration; write one such as 90s, 26h or 8d")
    text = str(value).strip()
    if text == "0":
        return timedelta(0)
    if text.isdecimal():
        raise refuse(f"{text[:20]} has no unit; write a duration such as 90s, 26h or 8d")
    if re.fullmatch(r"[0-9]+(:[0-9]+)+", text):
        raise refuse(f"{quoted(text)} is written like a time of day; write a duration such as 26h or 1h30m")
    match = re.fullmatch(DURATION, text)
    if not text or match is None:
        raise refuse(
            f"{quoted(text)} is not a duration; write whole numbers with units, the largest first, "
            "such as 90s, 26h, 8d or 1h30m"
        )
    try:
        total = sum((unit * int(n) for n, unit in zip(match.groups(), _DURATION_UNITS, strict=True) if n), timedelta(0))
    except (OverflowError, ValueError):
        total = timedelta.max
    if total > LONGEST_DURATION:
        raise refuse("is longer than 100 years; write a shorter one")
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
        raise refuse("must be more than 0; write a duration such as 90s, 26h or 8d")
    return value


def interval(value: timedelta) -> timedelta:
    if value < SHORTEST_INTERVAL:
        raise refuse("is shorter than 1s, the shortest interval; write one such as 5m")
    return value


def interval_or_never(value: timedelta) -> timedelta:
    return interval(value) if value else value


def parse_size(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        raise refuse(f"{str(value)[:20]} has no unit; write a size such as 10GiB, 500MB or 4096B")
    match = re.fullmatch(SIZE, value.strip()) if isinstance(value, str) else None
    if match is None:
        raise refuse(f"{quoted(value)} is not a size; write one such as 10GiB, 500MB or 4096B")
    size = int(float(match[1]) * _SIZE_UNITS[match[2]])
    if not 0 < size < 2**63:
        raise refuse(f"{quoted(value)} is out of range; write a size such as 10GiB")
    return size


def format_size(value: int) -> str:
    unit = next(unit for unit in ("TiB", "GiB", "MiB", "KiB", "B") if value % _SIZE_UNITS[unit] == 0)
    return f"{value // _SIZE_UNITS[unit]}{unit}"


def parse_text(value: object) -> str:
    if isinstance(value, bool | int | float):
        raise refuse("is text that YAML takes for a number or a truth value; put it in quotes")
    if value is None:
        raise refuse("is empty; give it a value or leave the key out")
    if not isinstance(value, str):
        raise refuse("must be text, not a list or a section")
    if not value.strip():
        raise refuse("is empty; give it a value or leave the key out")
    if "\0" in value:
        raise refuse("holds a NUL character; remove it")
    return value


def parse_secret(value: object) -> object:
    if isinstance(value, SecretStr):
        return value
    text = parse_text(value)
    if text != text.strip("\r\n"):
        raise refuse("begins or ends with a line break; write it on one line, in quotes")
    return text


def parse_absolute(value: object) -> str:
    path = parse_text(value)
    if not path.startswith("/"):
        raise refuse(f"{quoted(path)} is not an absolute path; begin it with /")
    return "/" + os.path.normpath(path).lstrip("/")


def parse_repository(value: object) -> str:
    url = parse_text(value).strip()
    if url.startswith(("http://", "https://")):
        raise refuse("is a web address and not a restic repository; put `rest:` before it for a rest-server")
    try:
        repository_url.parse(url)
    except repository_url.RepositoryUrlError as error:
        raise refuse(f"{str(error).rstrip('.')}; write it as for `restic -r`") from None
    return url


def parse_name(value: object) -> str:
    text = str(value)
    if not re.fullmatch(NAME, text):
        better = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") if re.fullmatch(r"[\w. -]{1,40}", text) else ""
        raise refuse(f"is not a usable name; use only a-z, 0-9 and _{f', such as {better}' if better else ''}")
    return text


def parse_plan_reference(value: object) -> str:
    text = parse_text(value)
    if not re.fullmatch(f"{NAME}/{NAME}", text):
        raise refuse(f"{quoted(text)} names no plan; write it as REPOSITORY/PLAN")
    return text


def parse_variable(value: object) -> str:
    name = str(value)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        raise refuse("is not the name of an environment variable; write `NAME: value`")
    if reason := _REFUSED_VARIABLES.get(name):
        raise refuse(f"{reason}; remove it here")
    if name.startswith("RESTIC_") and name not in ALLOWED_RESTIC_VARIABLES:
        raise refuse(
            "changes what restic answers or does; remove it (of restic's own variables only "
            f"{', '.join(ALLOWED_RESTIC_VARIABLES)} are passed on)"
        )
    if name.startswith(("LD_", "DYLD_")) or name in ("BASH_ENV", "ENV", "GCONV_PATH"):
        raise refuse("would load foreign code into restic; remove it")
    return name


def parse_timezone(value: object) -> str:
    name = parse_text(value)
    if find_zone(name) is None:
        raise refuse(f"{quoted(name)} is not a known time zone; write an IANA name such as Europe/Berlin or UTC")
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
    raise refuse(f"{quoted(value)} is neither true nor false; write one of them")


def parse_count(value: object) -> int:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18:
        return value
    raise refuse(f"{quoted(value)} is not a count; write a whole number, 0 or more")


def parse_ratio(value: object) -> float:
    try:
        number = float(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else -1.0
    except (ValueError, OverflowError):
        number = -1.0
    if not 0 < number <= 1:
        raise refuse(f"{quoted(value)} is not a ratio; write a number above 0 and up to 1, such as 0.8")
    return number


def parse_snapshot_id(value: object) -> str:
    text = parse_text(value).lower()
    if not re.fullmatch(r"[0-9a-f]{8,64}", text):
        raise refuse(f"{quoted(text)} is not a snapshot id; write 8 to 64 hexadecimal digits, in quotes")
    return text


def parse_paused_until(value: object) -> datetime:
    mend = "write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00"
    text = value.strip() if isinstance(value, str) else ""
    context = CONTEXT.get()
    if not re.fullmatch(MOMENT, text):
        raise refuse(f"{quoted(value)} is not a time; {mend}")
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T", 1).replace(" ", "") if len(text) > 10 else text)
        if len(text) == 10:
            moment = datetime.combine(moment.date(), time())
        if moment.tzinfo is None:
            zone = context.zone()
            moment = moment.replace(tzinfo=zone) if zone else moment.astimezone()
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise refuse(f"{quoted(text)} does not exist in the calendar; {mend}") from None
    if moment - context.now > LONGEST_PAUSE:
        raise refuse(f"{quoted(text)} is more than 60 days ahead; pause for at most 60 days")
    return moment


def parse_hours(value: object) -> str:
    text = parse_text(value).replace(" ", "")
    mend = 'write the hours in quotes, such as "22:00-06:00"'
    if re.fullmatch(HOURS, text) is None:
        raise refuse(f"{quoted(text)} is not a span of hours; {mend}")
    first, _, last = text.partition("-")
    if first == last:
        raise refuse(f"{quoted(text)} is no span of hours, it ends when it begins; {mend}")
    return text


def parse_cron(value: object) -> str:
    text = " ".join(parse_text(value).split())
    fields = text.split(" ")
    mend = 'write the five fields of cron in quotes, such as "0 5 * * 0" (Sundays at 5)'
    if len(fields) != len(_CRON_FIELDS):
        raise refuse(f"{quoted(text)} is not a schedule; {mend}")
    for field, (what, lowest, highest) in zip(fields, _CRON_FIELDS, strict=True):
        for item in field.split(","):
            match = re.fullmatch(r"(?:\*|([0-9]{1,2})(?:-([0-9]{1,2}))?)(?:/([0-9]{1,2}))?", item)
            first, last = (int(match[1] or lowest), int(match[2] or match[1] or highest)) if match else (1, 0)
            if match is None or not lowest <= first <= last <= highest or match[3] in ("0", "00"):
                raise refuse(f"the {what} {quoted(item)} is not one of {lowest} to {highest}; {mend}")
    return text


def no_empty_list(value: tuple[T, ...]) -> tuple[T, ...]:
    if not value:
        raise refuse("is an empty list; name at least one, or leave the key out")
    return tuple(dict.fromkeys(value))
