"""Each key wrong in turn: the whole message, as a person reads it."""
# ruff: noqa: E501 - the messages stand whole

from collections.abc import Callable

import pytest

VALID = "repositories: {nas: {repository: /r, password_file: /p}}\n"

BESIDE_A_VALID_REPOSITORY = [
    (
        "immich: {upload_location: srv/immich}",
        'immich.upload_location: "srv/immich" is not an absolute path; begin it with /',
    ),
    (
        "immich: {upload_location: 5}",
        "immich.upload_location: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    ("immich: {upload_location: }", "immich.upload_location: is empty; give it a value or leave the key out"),
    (
        "immich: {timezone: Europe/Berlyn}",
        'immich.timezone: "Europe/Berlyn" is not a known time zone; write an IANA name such as Europe/Berlin or UTC',
    ),
    (
        "immich: {timezone: Europe}",
        'immich.timezone: "Europe" is not a known time zone; write an IANA name such as Europe/Berlin or UTC',
    ),
    (
        "immich: {timezone: ../../etc/passwd}",
        'immich.timezone: "../../etc/passwd" is not a known time zone; write an IANA name such as Europe/Berlin or UTC',
    ),
    ("immich: {dump: {enabled: maybe}}", 'immich.dump.enabled: "maybe" is neither true nor false; write one of them'),
    ("immich: {dump: {max_age: 26}}", "immich.dump.max_age: 26 has no unit; write a duration such as 90s, 26h or 8d"),
    (
        "immich: {dump: {max_age: 26:00}}",
        'immich.dump.max_age: "26:00" is written like a time of day; write a duration such as 26h or 1h30m',
    ),
    (
        "immich: {dump: {max_age: 1.5h}}",
        'immich.dump.max_age: "1.5h" is not a duration; write whole numbers with units, the largest first, such as 90s, 26h, 8d or 1h30m',
    ),
    (
        "immich: {dump: {max_age: 0s}}",
        "immich.dump.max_age: must be more than 0; write a duration such as 90s, 26h or 8d",
    ),
    (
        "immich: {dump: {max_age: 30m1h}}",
        'immich.dump.max_age: "30m1h" is not a duration; write whole numbers with units, the largest first, such as 90s, 26h, 8d or 1h30m',
    ),
    (
        "immich: {dump: {max_age: 26 hours}}",
        'immich.dump.max_age: "26 hours" is not a duration; write whole numbers with units, the largest first, such as 90s, 26h, 8d or 1h30m',
    ),
    (
        "immich: {dump: {max_age: -1h}}",
        'immich.dump.max_age: "-1h" is not a duration; write whole numbers with units, the largest first, such as 90s, 26h, 8d or 1h30m',
    ),
    ("immich: {dump: {max_age: 1000y}}", "immich.dump.max_age: is longer than 100 years; write a shorter one"),
    ("immich: {dump: {max_age: [1h]}}", "immich.dump.max_age: is not a duration; write one such as 90s, 26h or 8d"),
    ("immich: {dump: {max_age: }}", "immich.dump.max_age: is empty; give it a value or leave the key out"),
    (
        "immich: {dump: {min_size_ratio: 0}}",
        "immich.dump.min_size_ratio: 0 is not a ratio; write a number above 0 and up to 1, such as 0.8",
    ),
    (
        "immich: {dump: {min_size_ratio: 80}}",
        "immich.dump.min_size_ratio: 80 is not a ratio; write a number above 0 and up to 1, such as 0.8",
    ),
    (
        "immich: {dump: {min_size_ratio: 80%}}",
        'immich.dump.min_size_ratio: "80%" is not a ratio; write a number above 0 and up to 1, such as 0.8',
    ),
    (
        "immich: {dump: {min_size_ratio: .nan}}",
        'immich.dump.min_size_ratio: ".nan" is not a ratio; write a number above 0 and up to 1, such as 0.8',
    ),
    (
        "immich: {dump: {poll_interval: 500ms}}",
        "immich.dump.poll_interval: is shorter than 1s, the shortest interval; write one such as 5m",
    ),
    ("immich: {dump: {also: '*.sql'}}", "immich.dump.also: must be a list; write it as [one, two]"),
    (
        "immich: {dump: {also: [5]}}",
        "immich.dump.also[0]: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    (
        "immich: {dump: {paused_until: 2027-12-24}}",
        'immich.dump.paused_until: "2027-12-24" is more than 60 days ahead; pause for at most 60 days',
    ),
    (
        "immich: {dump: {paused_until: 24.12.2026}}",
        'immich.dump.paused_until: "24.12.2026" is not a time; write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00',
    ),
    (
        "immich: {dump: {paused_until: 2026-02-30}}",
        'immich.dump.paused_until: "2026-02-30" does not exist in the calendar; write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00',
    ),
    (
        "immich: {dump: {paused_until: 20261224}}",
        "immich.dump.paused_until: 20261224 is not a time; write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00",
    ),
    ("immich: {dump: on}", "immich.dump: must be a section with keys below it; write them as `key: value`, indented"),
    ("immich: {external: ignored}", 'immich.external: "ignored" is neither ignore nor a list; write one of them'),
    (
        "immich: {external: [{container: photos, backed_up_as: /x}]}",
        'immich.external[0].container: "photos" is not an absolute path; begin it with /',
    ),
    ("immich: {external: [{container: /photos}]}", "immich.external[0].backed_up_as: is missing; add it"),
    (
        "immich: {external: [{container: /photos, backed_up_as: /x, plan: imich}]}",
        'immich.external[0].plan: "imich" is not a declared plan; did you mean immich?',
    ),
    (
        "immich: {external: [{container: /photos, backed_up_as: /x, plln: imich}]}",
        "immich.external[0].plln: is not a known key; did you mean plan?",
    ),
    ("immich: [a]", "immich: must be a section with keys below it; write them as `key: value`, indented"),
    ("immich: {uplod_location: /x}", "immich.uplod_location: is not a known key; did you mean upload_location?"),
    (
        "defaults: {password: 12345}",
        "defaults.password: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    (
        "defaults: {password: a, password_file: /b}",
        "defaults: `password` and `password_file` exclude each other; keep one of them",
    ),
    ("defaults: {password_file: ''}", "defaults.password_file: is empty; give it a value or leave the key out"),
    ("defaults: {pasword_file: /x}", "defaults.pasword_file: is not a known key; did you mean password_file?"),
    ("jobs: {nightly: {}}", "jobs.nightly.kind: is missing; add it"),
    (
        "jobs: {nightly: {kind: backups}}",
        'jobs.nightly.kind: "backups" is not one of backup, check, copy, forget, prune, drill, other; did you mean backup?',
    ),
    (
        "jobs: {nightly: {kind: backup, repository: nsa}}",
        'jobs.nightly.repository: "nsa" is not a declared repository; did you mean nas?',
    ),
    (
        "jobs: {nightly: {kind: backup, repository: nas, plan: imich}}",
        'jobs.nightly.plan: "imich" is not a declared plan of `nas`; did you mean immich?',
    ),
    (
        "jobs: {nightly: {kind: backup, plan: immich}}",
        "jobs.nightly.plan: belongs to no repository; set `repository` too",
    ),
    ("jobs: {night ly: {kind: backup}}", "jobs.?: is not a usable name; use only a-z, 0-9 and _, such as night_ly"),
    (
        "jobs: {nightly: {kind: backup, max_age: 26}}",
        "jobs.nightly.max_age: 26 has no unit; write a duration such as 90s, 26h or 8d",
    ),
    (
        "jobs: {nightly: {kind: backup, max_duration: 6}}",
        "jobs.nightly.max_duration: 6 has no unit; write a duration such as 90s, 26h or 8d",
    ),
    (
        "jobs: {nightly: {kind: backup, paused_until: soon}}",
        'jobs.nightly.paused_until: "soon" is not a time; write a day or a time such as 2026-12-24 or 2026-12-24T18:00:00+01:00',
    ),
    ("drills: {weekly: {plan: immich}}", "drills.weekly.repository: is missing; add it"),
    ("drills: {weekly: {repository: nas}}", "drills.weekly.plan: is missing; add it"),
    (
        "drills: {weekly: {repository: nas, plan: immich, level: samples}}",
        'drills.weekly.level: "samples" is not one of sample, database, full; did you mean sample?',
    ),
    (
        "drills: {weekly: {repository: nas, plan: immich, schedule: weekly}}",
        'drills.weekly.schedule: "weekly" is not a schedule; write the five fields of cron in quotes, such as "0 5 * * 0" (Sundays at 5)',
    ),
    (
        "drills: {weekly: {repository: nas, plan: immich, schedule: '0 25 * * 0'}}",
        'drills.weekly.schedule: the hour "25" is not one of 0 to 23; write the five fields of cron in quotes, such as "0 5 * * 0" (Sundays at 5)',
    ),
    (
        "drills: {weekly: {repository: nas, plan: immich, max_age: 15}}",
        "drills.weekly.max_age: 15 has no unit; write a duration such as 90s, 26h or 8d",
    ),
    (
        "drills: {weekly: {repository: nas, plan: immich, budget: 2}}",
        "drills.weekly.budget: 2 has no unit; write a size such as 10GiB, 500MB or 4096B",
    ),
    (
        "drills: {weekly: {repository: nas, plan: immich, target: x}}",
        'drills.weekly.target: "x" is not an absolute path; begin it with /',
    ),
    ("offsite_required: 2", "offsite_required: 2 is neither true nor false; write one of them"),
    ("push: {token: 5}", "push.token: is text that YAML takes for a number or a truth value; put it in quotes"),
    ("push: {token: a, token_file: /b}", "push: `token` and `token_file` exclude each other; keep one of them"),
    (
        "push: {token_file: 5}",
        "push.token_file: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    ("state_dir: 5", "state_dir: is text that YAML takes for a number or a truth value; put it in quotes"),
    ("cache_dir: [a]", "cache_dir: must be text, not a list or a section"),
    ("restic: ''", "restic: is empty; give it a value or leave the key out"),
    ("repositoris: {}", "repositoris: is not a known key; did you mean repositories?"),
    (
        "foo: 1",
        "foo: is not a known key; use one of immich, defaults, repositories, jobs, drills, offsite_required, push, state_dir, cache_dir, spool_dir, restic",
    ),
    ("'a b:c': 1", "?: is not the name of a key; write `key: value` with a space after the colon"),
]

REPOSITORIES = [
    (
        "repositories: [nas]",
        "config.yaml line 1, repositories: must be a section with keys below it; write them as `key: value`, indented",
    ),
    (
        "repositories: {NAS-1: {repository: /r, password_file: /p}}",
        "config.yaml line 1, repositories.NAS-1: is not a usable name; use only a-z, 0-9 and _, such as nas_1",
    ),
    (
        "repositories: {nas: /r}",
        "config.yaml line 1, repositories.nas: must be a section with keys below it; write them as `key: value`, indented",
    ),
    (
        "repositories: {nas: {password_file: /p}}",
        "config.yaml line 1, repositories.nas: does not say where the repository is; set `repository` or `repository_file`",
    ),
    (
        "repositories: {nas: {repository: /r}}",
        "config.yaml line 1, repositories.nas: has no password; set `password_file`, `password_command` or `password` here or under `defaults`",
    ),
    (
        "repositories: {nas: {repository: /r, repository_file: /f, password_file: /p}}",
        "config.yaml line 1, repositories.nas: `repository` and `repository_file` exclude each other; keep one of them",
    ),
    (
        "repositories: {nas: {repository: '', password_file: /p}}",
        "config.yaml line 1, repositories.nas.repository: is empty; give it a value or leave the key out",
    ),
    (
        "repositories: {nas: {repository: 'https://user:hunter2@host/', password_file: /p}}",
        "config.yaml line 1, repositories.nas.repository: is a web address and not a restic repository; put `rest:` before it for a rest-server",
    ),
    (
        "repositories: {nas: {repository: 'rest:ftp://user:hunter2@host/', password_file: /p}}",
        "config.yaml line 1, repositories.nas.repository: a REST server's address begins with `rest:http://` or `rest:https://`; write it as for `restic -r`",
    ),
    (
        "repositories: {nas: {repository: 'foo:bar', password_file: /p}}",
        "config.yaml line 1, repositories.nas.repository: the repository's URL begins with a backend that restic does not know; a folder whose name has a colon needs `local:` before it; write it as for `restic -r`",
    ),
    (
        "repositories: {nas: {repository_file: /nonexistent/url, password_file: /p}}",
        "config.yaml line 1, repositories.nas.repository_file: the file does not exist; check the path",
    ),
    (
        "repositories: {nas: {repository: /r, password: 12345}}",
        "config.yaml line 1, repositories.nas.password: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    (
        "repositories: {nas: {repository: /r, password: true}}",
        "config.yaml line 1, repositories.nas.password: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    (
        "repositories: {nas: {repository: /r, password: ''}}",
        "config.yaml line 1, repositories.nas.password: is empty; give it a value or leave the key out",
    ),
    (
        "repositories: {nas: {repository: /r, password: [a]}}",
        "config.yaml line 1, repositories.nas.password: must be text, not a list or a section",
    ),
    (
        "repositories: {nas: {repository: /r, password: 'x', password_command: cat /x}}",
        "config.yaml line 1, repositories.nas: `password` and `password_command` exclude each other; keep one of them",
    ),
    (
        "repositories:\n  nas:\n    repository: /r\n    password: |\n      x\n",
        "config.yaml line 4, repositories.nas.password: begins or ends with a line break; write it on one line, in quotes",
    ),
    (
        "repositories: {nas: {repository: /r, password_file: 5}}",
        "config.yaml line 1, repositories.nas.password_file: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    (
        "repositories: {nas: {repository: /r, password_file: /p, environment: {A: {fil: /x}}}}",
        "config.yaml line 1, repositories.nas.environment.A.file: is missing; add it\nconfig.yaml line 1, repositories.nas.environment.A: may only hold `file`; write the value in quotes, or {file: PATH}",
    ),
]

IN_A_REPOSITORY = [
    ("environment: [A=b]", "environment: must be a section with keys below it; write them as `key: value`, indented"),
    ("environment: {A: 5}", "environment.A: is text that YAML takes for a number or a truth value; put it in quotes"),
    (
        "environment: {A: {file: 5}}",
        "environment.A.file: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    ("environment: {A=b: c}", "environment.?: is not the name of an environment variable; write `NAME: value`"),
    (
        "environment: {RESTIC_HOST: x}",
        "environment.RESTIC_HOST: would hide the snapshots of every other host; give a plan its `host` instead; remove it here",
    ),
    (
        "environment: {RESTIC_REPOSITORY: x}",
        "environment.RESTIC_REPOSITORY: belongs in the key `repository` of the repository; remove it here",
    ),
    (
        "environment: {RESTIC_COMPRESSION: x}",
        "environment.RESTIC_COMPRESSION: changes what restic answers or does; remove it (of restic's own variables only RESTIC_REST_USERNAME, RESTIC_REST_PASSWORD, RESTIC_CACERT, RESTIC_TLS_CLIENT_CERT, RESTIC_KEY_HINT, RESTIC_FEATURES, RESTIC_HTTP_USER_AGENT are passed on)",
    ),
    ("environment: {LD_PRELOAD: x}", "environment.LD_PRELOAD: would load foreign code into restic; remove it"),
    ("offsite: perhaps", 'offsite: "perhaps" is neither true nor false; write one of them'),
    ("poll_interval: 0", "poll_interval: is shorter than 1s, the shortest interval; write one such as 5m"),
    ("poll_interval: 5", "poll_interval: 5 has no unit; write a duration such as 90s, 26h or 8d"),
    ("unreachable_after: 0", "unreachable_after: must be more than 0; write a duration such as 90s, 26h or 8d"),
    ("stats_interval: 5", "stats_interval: 5 has no unit; write a duration such as 90s, 26h or 8d"),
    ("stats_interval: 10ms", "stats_interval: is shorter than 1s, the shortest interval; write one such as 5m"),
    ("check: {max_age: 35}", "check.max_age: 35 has no unit; write a duration such as 90s, 26h or 8d"),
    ("check: monthly", "check: must be a section with keys below it; write them as `key: value`, indented"),
    ("inspect: {enabled: 2}", "inspect.enabled: 2 is neither true nor false; write one of them"),
    ("inspect: {max_lag: 5}", "inspect.max_lag: 5 has no unit; write a duration such as 90s, 26h or 8d"),
    (
        "inspect: {max_bytes_per_day: 10}",
        "inspect.max_bytes_per_day: 10 has no unit; write a size such as 10GiB, 500MB or 4096B",
    ),
    (
        "inspect: {max_bytes_per_day: 10G}",
        'inspect.max_bytes_per_day: "10G" is not a size; write one such as 10GiB, 500MB or 4096B',
    ),
    ("inspect: {max_bytes_per_day: 0B}", 'inspect.max_bytes_per_day: "0B" is out of range; write a size such as 10GiB'),
    ("pol_interval: 5m", "pol_interval: is not a known key; did you mean poll_interval?"),
    ("plans: [immich]", "plans: must be a section with keys below it; write them as `key: value`, indented"),
    ("plans: {Immich: {}}", "plans.Immich: is not a usable name; use only a-z, 0-9 and _, such as immich"),
]

IN_A_PLAN = [
    ("host: 5", "host: is text that YAML takes for a number or a truth value; put it in quotes"),
    ("tags: immich", "tags: must be a list; write it as [one, two]"),
    ("tags: [2024]", "tags[0]: is text that YAML takes for a number or a truth value; put it in quotes"),
    ("paths: /data", "paths: must be a list; write it as [one, two]"),
    ("holds: []", "holds: is an empty list; name at least one, or leave the key out"),
    ("holds: [original]", 'holds[0]: "original" is not one of originals, database; did you mean originals?'),
    ("holds: [files]", 'holds[0]: "files" is not one of originals, database; write one of them'),
    ("pair_with: immich", 'pair_with: "immich" names no plan; write it as REPOSITORY/PLAN'),
    ("pair_with: nas/imich", 'pair_with: "nas/imich" is not a declared plan; did you mean nas/immich?'),
    ("pair_with: nas/immich", 'pair_with: "nas/immich" is this very plan; name the plan that holds the other part'),
    ("backed_up_as: data", 'backed_up_as: "data" is not an absolute path; begin it with /'),
    ("max_age: 26", "max_age: 26 has no unit; write a duration such as 90s, 26h or 8d"),
    ("min_size_ratio: 1.5", "min_size_ratio: 1.5 is not a ratio; write a number above 0 and up to 1, such as 0.8"),
    ("min_history: 30", "min_history: 30 has no unit; write a duration such as 90s, 26h or 8d"),
    (
        "required_folders: [uploads]",
        'required_folders[0]: "uploads" is not one of library, upload, profile, backups, thumbs, encoded-video; did you mean upload?',
    ),
    ("required_folders: upload", "required_folders: must be a list; write it as [one, two]"),
    ("required_paths: [.env]", 'required_paths[0]: ".env" is not an absolute path; begin it with /'),
    ("max_unreadable_files: -1", "max_unreadable_files: -1 is not a count; write a whole number, 0 or more"),
    ("max_unreadable_files: yes", 'max_unreadable_files: "yes" is not a count; write a whole number, 0 or more'),
    ("max_missing_assets: 0.5", "max_missing_assets: 0.5 is not a count; write a whole number, 0 or more"),
    ("paused_until: 2027-02-01", 'paused_until: "2027-02-01" is more than 60 days ahead; pause for at most 60 days'),
    (
        "ignore_snapshots: [12345678]",
        "ignore_snapshots[0]: is text that YAML takes for a number or a truth value; put it in quotes",
    ),
    (
        "ignore_snapshots: [latest]",
        'ignore_snapshots[0]: "latest" is not a snapshot id; write 8 to 64 hexadecimal digits, in quotes',
    ),
    (
        "ignore_snapshots: [abc]",
        'ignore_snapshots[0]: "abc" is not a snapshot id; write 8 to 64 hexadecimal digits, in quotes',
    ),
    ("max_aeg: 26h", "max_aeg: is not a known key; did you mean max_age?"),
]


@pytest.mark.parametrize(("yaml", "message"), BESIDE_A_VALID_REPOSITORY)
def test_a_wrong_value_is_named_with_its_line_its_key_and_the_mend(
    refused: Callable[..., list[str]], yaml: str, message: str
) -> None:
    assert refused(VALID + yaml) == [f"config.yaml line 2, {message}"]


@pytest.mark.parametrize(("yaml", "messages"), REPOSITORIES)
def test_a_repository_that_cannot_be_reached_or_opened_is_refused(
    refused: Callable[..., list[str]], yaml: str, messages: str
) -> None:
    assert "\n".join(refused(yaml)) == messages


@pytest.mark.parametrize(("yaml", "message"), IN_A_REPOSITORY)
def test_a_wrong_value_of_a_repository_is_named(refused: Callable[..., list[str]], yaml: str, message: str) -> None:
    assert refused("repositories: {nas: {repository: /r, password_file: /p, " + yaml + "}}") == [
        f"config.yaml line 1, repositories.nas.{message}"
    ]


@pytest.mark.parametrize(("yaml", "message"), IN_A_PLAN)
def test_a_wrong_value_of_a_plan_is_named(refused: Callable[..., list[str]], yaml: str, message: str) -> None:
    assert refused("repositories: {nas: {repository: /r, password_file: /p, plans: {immich: {" + yaml + "}}}}") == [
        f"config.yaml line 1, repositories.nas.plans.immich.{message}"
    ]


PAIRED = "repositories: {nas: {repository: /r, password_file: /p, plans: {one: {ONE, pair_with: nas/two}, two: {TWO}}}}"


@pytest.mark.parametrize(
    ("one", "two", "lacks"),
    [
        ("holds: [originals]", "holds: [originals]", "database"),
        ("holds: [database]", "holds: [database]", "originals"),
        ("holds: [originals]", "holds: [originals], pair_with: nas/one", "database"),
    ],
)
def test_two_plans_that_lack_the_same_are_no_pair(
    refused: Callable[..., list[str]], one: str, two: str, lacks: str
) -> None:
    messages = refused(PAIRED.replace("ONE", one).replace("TWO", two))

    assert messages[0] == (
        f'config.yaml line 1, repositories.nas.plans.one.pair_with: "nas/two" lacks the {lacks} as this plan does; '
        f"name a plan that holds the {lacks}"
    )
    assert len(messages) == two.count("pair_with") + 1


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("holds: [originals]", "holds: [database]"),
        ("holds: [database]", "holds: [originals]"),
        ("holds: [originals]", "host: photos"),
        ("holds: [database]", "holds: [originals, database]"),
        ("host: photos", "holds: [database]"),
        ("host: photos", "holds: [originals]"),
        ("host: photos", "host: photos"),
    ],
)
def test_two_plans_of_which_one_has_what_the_other_lacks_are_a_pair(
    settle: Callable[[str], object], one: str, two: str
) -> None:
    settle(PAIRED.replace("ONE", one).replace("TWO", two))


@pytest.mark.parametrize("holds", ["originals", "[]", "[5]", "{a: b}", "[[originals]]", "[files]"])
def test_parts_that_are_written_wrongly_are_told_once(refused: Callable[..., list[str]], holds: str) -> None:
    messages = refused(PAIRED.replace("ONE", "holds: [originals]").replace("TWO", f"holds: {holds}"))

    assert [message.split(": ")[0].split(".")[-1].split("[")[0] for message in messages] == ["holds"]


def test_all_problems_are_reported_together(refused: Callable[..., list[str]]) -> None:
    messages = refused(
        """
immich:
  timezone: Mars/Olympus
  dump: {max_age: 26}
repositories:
  nas: {repository: /r, password_file: /p, plans: {immich: {holds: [files], max_aeg: 1d}}}
  b2: {repository: "b2:bucket"}
jobs:
  nightly: {kind: backup, repository: nass}
""",
        {"IMMICH_BACKUP_STATE_DIRR": "/x", "IMMICH_BACKUP_OFFSITE_REQUIRED": "perhaps"},
    )
    assert messages == [
        "IMMICH_BACKUP_STATE_DIRR: is not a setting; did you mean IMMICH_BACKUP_STATE_DIR?",
        'config.yaml line 3, immich.timezone: "Mars/Olympus" is not a known time zone; write an IANA name such as Europe/Berlin or UTC',
        "config.yaml line 4, immich.dump.max_age: 26 has no unit; write a duration such as 90s, 26h or 8d",
        'config.yaml line 6, repositories.nas.plans.immich.holds[0]: "files" is not one of originals, database; write one of them',
        "config.yaml line 6, repositories.nas.plans.immich.max_aeg: is not a known key; did you mean max_age?",
        'IMMICH_BACKUP_OFFSITE_REQUIRED: "perhaps" is neither true nor false; write one of them',
        "config.yaml line 7, repositories.b2: has no password; set `password_file`, `password_command` or `password` here or under `defaults`",
        'config.yaml line 9, jobs.nightly.repository: "nass" is not a declared repository; did you mean nas?',
    ]
