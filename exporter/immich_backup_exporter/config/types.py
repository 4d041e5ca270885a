"""The kinds of values that settings have: how each is read, printed again, and described in the JSON Schema."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, BeforeValidator, PlainSerializer, SecretStr, WithJsonSchema

from immich_backup_exporter.formats import repository_url

from . import values


class Written(NamedTuple):
    """How a value of this kind is written, for the reference page."""

    how: str


_DURATION_PATTERN = values.DURATION.replace("([0-9]+)", "[0-9]+")

Duration = Annotated[
    timedelta,
    BeforeValidator(lambda value: values.positive(values.parse_duration(value))),
    PlainSerializer(values.format_duration),
    WithJsonSchema({"type": "string", "pattern": f"^(?=.){_DURATION_PATTERN}$"}),
    Written("duration, such as `26h`"),
]
Interval = Annotated[
    timedelta,
    BeforeValidator(lambda value: values.interval(values.parse_duration(value))),
    PlainSerializer(values.format_duration),
    WithJsonSchema({"type": "string", "pattern": f"^(?=.){_DURATION_PATTERN}$"}),
    Written("duration of at least `1s`"),
]
IntervalOrNever = Annotated[
    timedelta,
    BeforeValidator(lambda value: values.interval_or_never(values.parse_duration(value))),
    PlainSerializer(values.format_duration),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": f"^(?=.)(0|{_DURATION_PATTERN})$"}, {"const": 0}]}),
    Written("duration of at least `1s`, or `0` for never"),
]
Size = Annotated[
    int,
    BeforeValidator(values.parse_size),
    PlainSerializer(values.format_size),
    WithJsonSchema({"type": "string", "pattern": f"^{values.SIZE}$"}),
    Written("size, such as `10GiB`"),
]
Text = Annotated[str, BeforeValidator(values.parse_text), Written("text")]
FilePath = Annotated[str, BeforeValidator(values.parse_text), Written("path")]
AbsolutePath = Annotated[
    str,
    BeforeValidator(values.parse_absolute),
    WithJsonSchema({"type": "string", "pattern": "^/"}),
    Written("absolute path"),
]
Secret = Annotated[
    SecretStr,
    BeforeValidator(values.parse_secret),
    PlainSerializer(lambda _: "(hidden)"),
    WithJsonSchema({"type": "string", "minLength": 1, "writeOnly": True}),
    Written("secret text"),
]
RepositoryUrl = Annotated[
    str, BeforeValidator(values.parse_repository), PlainSerializer(repository_url.mask), Written("path or restic URL")
]
Name = Annotated[
    str, BeforeValidator(values.parse_name), WithJsonSchema({"type": "string", "pattern": f"^{values.NAME}$"})
]
PlanReference = Annotated[
    str,
    BeforeValidator(values.parse_plan_reference),
    WithJsonSchema({"type": "string", "pattern": f"^{values.NAME}/{values.NAME}$"}),
    Written("`REPOSITORY/PLAN`"),
]
Reference = Annotated[str, BeforeValidator(values.parse_text), Written("name")]
EnvironmentName = Annotated[
    str,
    BeforeValidator(values.parse_variable),
    WithJsonSchema({"type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$"}),
]
Timezone = Annotated[str, BeforeValidator(values.parse_timezone), Written("IANA time zone")]
Flag = Annotated[bool, BeforeValidator(values.parse_flag), Written("`true` or `false`")]
Count = Annotated[
    int,
    BeforeValidator(values.parse_count),
    WithJsonSchema({"type": "integer", "minimum": 0}),
    Written("whole number"),
]
Ratio = Annotated[
    float,
    BeforeValidator(values.parse_ratio),
    WithJsonSchema({"type": "number", "exclusiveMinimum": 0, "maximum": 1}),
    Written("number above 0, up to 1"),
]
SnapshotId = Annotated[
    str,
    BeforeValidator(values.parse_snapshot_id),
    WithJsonSchema({"type": "string", "pattern": "^[0-9a-fA-F]{8,64}$"}),
    Written("snapshot id"),
]
PausedUntil = Annotated[
    datetime,
    BeforeValidator(values.parse_paused_until),
    WithJsonSchema({"type": "string", "pattern": f"^{values.MOMENT}$"}),
    Written("day or time, at most 60 days ahead"),
]
Hours = Annotated[
    str,
    BeforeValidator(values.parse_hours),
    WithJsonSchema({"type": "string", "pattern": f"^{values.HOURS}$"}),
    Written("hours of the day, such as `22:00-06:00`"),
]
Schedule = Annotated[str, BeforeValidator(values.parse_cron), Written("cron schedule of five fields")]

Part = Literal["originals", "database"]
Folder = Literal["library", "upload", "profile", "backups", "thumbs", "encoded-video"]
JobKind = Literal["backup", "check", "copy", "forget", "prune", "drill", "other"]
DrillLevel = Literal["sample", "database", "full"]

AT_LEAST_ONE = AfterValidator(values.no_empty_list)
