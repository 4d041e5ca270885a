"""Values of settings that cannot be used."""

_DURATION = "write a duration such as 90s, 26h or 8d"
_HOURS = 'write the hours in quotes, such as "22:00-06:00"'
_SCHEDULE = 'write the five fields of cron in quotes, such as "0 5 * * 0" (Sundays at 5)'
_TIME = "write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00"

TEXTS = {
    "a_list": "a list",
    "a_section": "a section",
    "an_empty_value": "an empty value",
    "bad_duration": (
        "{value} is not a duration; write whole numbers with units, the largest first, such as 90s, 26h, 8d or 1h30m"
    ),
    "bad_name": "is not a usable name; use only a-z, 0-9 and _",
    "bad_name_fixed": "is not a usable name; use only a-z, 0-9 and _, such as {better}",
    "bad_repository_url": "{problem}; write it as for `restic -r`",
    "day": "day",
    "duration_like_time": "{value} is written like a time of day; write a duration such as 26h or 1h30m",
    "duration_too_long": "is longer than 100 years; write a shorter one",
    "duration_without_unit": "{value} has no unit; " + _DURATION,
    "duration_zero": "must be more than 0; " + _DURATION,
    "empty": "is empty; give it a value or leave the key out",
    "empty_list": "is an empty list; name at least one, or leave the key out",
    "hour": "hour",
    "hours_empty": "{value} is not a span of hours, it ends when it begins; " + _HOURS,
    "interval_too_short": "is shorter than 1s, the shortest interval; write one such as 5m",
    "minute": "minute",
    "mistyped_choice": "{value} is not one of {choices}; did you mean {guess}?",
    "month": "month",
    "must_be_text": "must be text, not a list or a section",
    "neither_word_nor_list": "{value} is neither {word} nor a list; write one of them",
    "no_choice": "{value} is not one of {choices}; write one of them",
    "no_count": "{value} is not a count; write a whole number, 0 or more",
    "no_duration": "is not a duration; write one such as 90s, 26h or 8d",
    "no_flag": "{value} is neither true nor false; write one of them",
    "no_hours": "{value} is not a span of hours; " + _HOURS,
    "no_plan": "{value} names no plan; write it as REPOSITORY/PLAN",
    "no_ratio": "{value} is not a ratio; write a number above 0 and up to 1, such as 0.8",
    "no_schedule": "{value} is not a schedule; " + _SCHEDULE,
    "no_size": "{value} is not a size; write one such as 10GiB, 500MB or 4096B",
    "no_snapshot_id": "{value} is not a snapshot id; write 8 to 64 hexadecimal digits, in quotes",
    "no_time": "{value} is not a time; " + _TIME,
    "no_variable": "is not the name of an environment variable; write `NAME: value`",
    "nul_character": "holds a NUL character; remove it",
    "number_as_text": "is text that YAML takes for a number or a truth value; put it in quotes",
    "path_not_absolute": "{value} is not an absolute path; begin it with /",
    "pause_too_long": "{value} is more than {longest} ahead; pause for at most {longest}",
    "schedule_out_of_range": "the {field} {value} is not one of {lowest} to {highest}; " + _SCHEDULE,
    "secret_with_line_break": "begins or ends with a line break; write it on one line, in quotes",
    "size_out_of_range": "{value} is out of range; write a size such as 10GiB",
    "size_without_unit": "{value} has no unit; write a size such as 10GiB, 500MB or 4096B",
    "time_not_in_calendar": "{value} does not exist in the calendar; " + _TIME,
    "unknown_time_zone": "{value} is not a known time zone; write an IANA name such as Europe/Berlin or UTC",
    "variable_changes_restic": (
        "changes what restic answers or does; remove it (of restic's own variables only {allowed} are passed on)"
    ),
    "variable_hides_hosts": (
        "would hide the snapshots of every other host; give a plan its `host` instead; remove it here"
    ),
    "variable_is_key": "belongs in the key `{key}`; remove it here",
    "variable_is_key_of_repository": "belongs in the key `{key}` of the repository; remove it here",
    "variable_loads_code": "would load foreign code into restic; remove it",
    "web_address": "is a web address and not a restic repository; put `rest:` before it for a rest-server",
    "weekday": "weekday",
}
