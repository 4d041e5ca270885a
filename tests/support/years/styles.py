"""Ten ways to back Immich up, as people do it."""

from datetime import date, timedelta

from immich_backup_exporter.domain.runs import CheckScope
from immich_backup_exporter.domain.settings import (
    AgentSettings,
    DumpSettings,
    JobKind,
    JobSettings,
    PlanSettings,
)

from .habits import DumpHabit, Growth, Keep, Style, Task, Way, daily, hourly, monthly, repository, weekly

_DUMP = DumpSettings(folder="/srv/immich/backups", upload_location="/srv/immich", timezone="Europe/Berlin")
_HOUR = timedelta(hours=1)
_MINUTE = timedelta(minutes=1)


def _job(name: str, kind: JobKind, **fields: object) -> JobSettings:
    values = {"name": name, "kind": kind, "repository": "nas", "max_age": 26 * _HOUR, **fields}
    return JobSettings(**values)  # type: ignore[arg-type]


def _settings(*repositories: object, **fields: object) -> AgentSettings:
    values = {"repositories": repositories, "upload_location": "/srv/immich", "dump": _DUMP, **fields}
    return AgentSettings(**values)  # type: ignore[arg-type]


def _backup(**fields: object) -> Task:
    values = {
        "kind": JobKind.BACKUP,
        "repository": "nas",
        "plan": "immich",
        "times": daily("02:30"),
        "minutes": (8, 35),
        **fields,
    }
    return Task(**values)  # type: ignore[arg-type]


def _task(kind: JobKind, **fields: object) -> Task:
    return Task(**{"kind": kind, "repository": "nas", "minutes": (2, 20), **fields})  # type: ignore[arg-type]


_KEEP = Keep(daily=14, weekly=8, monthly=12)

WRAPPED = Style(
    name="wrapped",
    about="a local disk, every night, each job behind the wrapper; retention, prune and check reported",
    settings=_settings(
        repository(
            "nas", check_max_age=timedelta(days=35), plans=(PlanSettings(name="immich", max_unreadable_files=20),)
        ),
        jobs=(
            _job("nightly", JobKind.BACKUP, plan="immich", max_duration=6 * _HOUR),
            _job("forget", JobKind.FORGET),
            _job("prune", JobKind.PRUNE, max_age=timedelta(days=8)),
            _job("check", JobKind.CHECK, max_age=timedelta(days=35)),
        ),
    ),
    tasks=(
        _backup(job="nightly", unreadable=(0.3, 12)),
        _task(JobKind.FORGET, plan="immich", times=daily("05:00"), minutes=(1, 3), job="forget", keep=_KEEP),
        _task(JobKind.PRUNE, times=weekly(6, "06:00"), minutes=(10, 90), job="prune"),
        _task(JobKind.CHECK, times=monthly(3, "09:00"), minutes=(20, 200), job="check", scope=CheckScope.DATA),
    ),
    reports="spool",
    ways={"nas": Way()},
)

PLAIN = Style(
    name="plain",
    about="every night from cron, no reports, `forget` in the same script",
    settings=_settings(repository("nas", poll_interval=10 * _MINUTE, plans=(PlanSettings(name="immich"),))),
    tasks=(
        _backup(times=daily("03:00")),
        _task(JobKind.FORGET, times=daily("03:50"), minutes=(1, 4), keep=Keep(daily=7, weekly=4, monthly=6)),
        _task(JobKind.PRUNE, times=monthly(1, "05:00"), minutes=(10, 90)),
    ),
    ways={"nas": Way()},
    growth=Growth(imports=(1.6,)),
    zone="America/New_York",
)

HOURLY = Style(
    name="hourly",
    about="every hour, kept for a day each hour, over a rest-server",
    settings=_settings(
        repository("nas", plans=(PlanSettings(name="immich", max_age=3 * _HOUR, min_history=timedelta(days=30)),)),
        jobs=(_job("hourly", JobKind.BACKUP, plan="immich", max_age=3 * _HOUR, max_duration=2 * _HOUR),),
    ),
    tasks=(
        _backup(times=hourly(10), minutes=(1, 9), job="hourly"),
        _task(
            JobKind.FORGET, times=daily("04:40"), minutes=(1, 4), keep=Keep(hourly=24, daily=14, weekly=8, monthly=6)
        ),
    ),
    reports="http",
    ways={"nas": Way(backend="rest", lock_times=False)},
    same_machine=False,
)

WEEKLY = Style(
    name="weekly",
    about="the photos every week, the database every night, into one repository",
    settings=_settings(
        repository(
            "nas",
            poll_interval=15 * _MINUTE,
            check_max_age=timedelta(days=9),
            plans=(
                PlanSettings(name="photos", tags=("photos",), max_age=timedelta(days=8), holds=("originals",)),
                PlanSettings(name="database", tags=("database",), holds=("database",)),
            ),
        ),
        jobs=(
            _job("photos", JobKind.BACKUP, plan="photos", max_age=timedelta(days=8), max_duration=24 * _HOUR),
            _job("database", JobKind.BACKUP, plan="database", max_duration=_HOUR),
            _job("check", JobKind.CHECK, max_age=timedelta(days=9)),
        ),
    ),
    tasks=(
        _backup(plan="photos", tags=("photos",), times=weekly(5, "22:00"), minutes=(60, 300), job="photos"),
        _backup(
            plan="database",
            tags=("database",),
            paths=("/srv/immich/backups",),
            times=daily("03:15"),
            minutes=(1, 3),
            job="database",
            part="database",
        ),
        _task(JobKind.FORGET, times=weekly(0, "08:00"), minutes=(1, 4), keep=Keep(daily=30, weekly=26, monthly=12)),
        _task(JobKind.CHECK, times=weekly(2, "11:00"), minutes=(20, 60), job="check"),
    ),
    reports="record",
    ways={"nas": Way()},
)

CLOUD = Style(
    name="cloud",
    about="S3, read by an old restic: looked at every half hour, no times of locks, sizes asked for one by one",
    settings=_settings(
        repository("nas", poll_interval=timedelta(minutes=30), plans=(PlanSettings(name="immich", host="photos"),)),
        upload_location=None,
        dump=None,
    ),
    tasks=(
        _backup(times=daily("01:00"), minutes=(20, 110)),
        _task(JobKind.FORGET, times=weekly(0, "05:00"), minutes=(2, 9), keep=Keep(daily=30, monthly=12)),
    ),
    dump=None,
    ways={"nas": Way(backend="s3", lock_times=False, summaries=False, list_seconds=25, outage_minutes=20)},
    same_machine=False,
    zone="Asia/Tokyo",
    growth=Growth(imports=(1.3, 1.2)),
)

OFFSITE = Style(
    name="offsite",
    about="every night to a disk, copied to another house at noon; each place keeps its own history",
    settings=_settings(
        repository("nas", plans=(PlanSettings(name="immich", min_history=timedelta(days=40)),)),
        repository(
            "away",
            offsite=True,
            poll_interval=30 * _MINUTE,
            unreachable_after=timedelta(hours=6),
            plans=(PlanSettings(name="immich", max_age=timedelta(hours=44)),),
        ),
        jobs=(
            _job("nightly", JobKind.BACKUP, plan="immich", max_duration=8 * _HOUR),
            _job("copy", JobKind.COPY, repository="away", plan="immich", max_age=26 * _HOUR),
        ),
        offsite_required=True,
    ),
    tasks=(
        _backup(job="nightly", times=daily("01:30")),
        _task(
            JobKind.COPY,
            repository="away",
            source="nas",
            plan="immich",
            times=daily("12:00"),
            minutes=(5, 90),
            job="copy",
        ),
        _task(JobKind.FORGET, times=weekly(6, "06:00"), minutes=(1, 4), keep=Keep(daily=30, weekly=12, monthly=12)),
        _task(
            JobKind.FORGET,
            repository="away",
            times=monthly(2, "20:00"),
            minutes=(1, 4),
            keep=Keep(daily=60, weekly=26, monthly=24),
        ),
    ),
    reports="spool",
    ways={"nas": Way(), "away": Way(backend="sftp", list_seconds=3, outage_minutes=240)},
)

HOLIDAYS = Style(
    name="holidays",
    about="switched off for two holidays, with a pause; the second backup after the first one takes nine hours",
    settings=_settings(
        repository("nas", poll_interval=10 * _MINUTE, plans=(PlanSettings(name="immich"),)),
        jobs=(_job("nightly", JobKind.BACKUP, plan="immich", max_duration=12 * _HOUR),),
    ),
    tasks=(
        _backup(job="nightly"),
        _task(JobKind.FORGET, times=weekly(6, "19:00"), minutes=(1, 4), keep=_KEEP),
    ),
    reports="spool",
    ways={"nas": Way()},
    holidays=((date(2025, 4, 11), date(2025, 4, 29)), (date(2025, 7, 20), date(2025, 8, 18))),
    long_backup=(date(2025, 4, 30), 9.3),
    zone="Australia/Lord_Howe",
    growth=Growth(imports=(1.4,)),
)

SHARED = Style(
    name="shared",
    about="a backup server that other machines use too; the photos' machine is renamed and later moves to new hardware",
    settings=_settings(
        repository("nas", poll_interval=10 * _MINUTE, plans=(PlanSettings(name="immich", backed_up_as="/srv/immich"),)),
        upload_location=None,
        dump=None,
    ),
    tasks=(
        _backup(times=daily("23:30"), minutes=(5, 60)),
        _task(JobKind.FORGET, times=daily("08:00"), minutes=(1, 4), keep=Keep(daily=10, weekly=6, monthly=12)),
    ),
    strangers=(
        _backup(plan=None, times=hourly(40), minutes=(1, 4), paths=("/home",)),
        _backup(plan=None, times=daily("21:00"), minutes=(1, 30), paths=("/etc", "/var/lib")),
    ),
    dump=None,
    renames=((date(2025, 3, 12), "photos2"), (date(2025, 9, 3), "attic")),
    ways={"nas": Way(backend="rest", lock_times=False)},
    same_machine=False,
)

UNCHANGED = Style(
    name="unchanged",
    about="in a container, tagged, `--skip-if-unchanged`; weeks without a new photo; from the first day on",
    settings=_settings(
        repository(
            "nas",
            plans=(PlanSettings(name="immich", tags=("immich",), holds=("originals",), backed_up_as="/data"),),
        ),
        jobs=(_job("nightly", JobKind.BACKUP, plan="immich", max_duration=4 * _HOUR),),
    ),
    tasks=(
        _backup(job="nightly", tags=("immich",), paths=("/data",), skips_unchanged=True, times=daily("04:00")),
        _task(JobKind.FORGET, times=daily("06:00"), minutes=(1, 4), keep=Keep(daily=14, weekly=8, monthly=12)),
    ),
    reports="spool",
    history_days=0,
    ways={"nas": Way()},
    growth=Growth(quiet_weeks=12),
    restarts=90,
)

BUSY = Style(
    name="busy",
    about="a photographer's: the library doubles, is tidied up, moves to the storage template; fewer dumps are kept",
    settings=_settings(
        repository("nas", poll_interval=10 * _MINUTE, plans=(PlanSettings(name="immich", max_age=14 * _HOUR),)),
        jobs=(_job("twice", JobKind.BACKUP, plan="immich", max_age=14 * _HOUR, max_duration=8 * _HOUR),),
    ),
    tasks=(
        _backup(job="twice", times=daily("01:00", "13:00"), minutes=(15, 80)),
        _task(JobKind.FORGET, times=daily("10:30"), minutes=(1, 4), keep=Keep(last=10, daily=20, monthly=12)),
    ),
    reports="spool",
    dump=DumpHabit(times=daily("00:15", "12:15"), minutes=(10, 40), size_bytes=3_000_000_000),
    keeps_fewer_dumps_from=date(2025, 5, 20),
    moves_files_on=date(2025, 6, 14),
    ways={"nas": Way()},
    growth=Growth(imports=(2.0, 1.3, 1.5), trashes=6, quiet_weeks=4, daily_bytes=2_000_000_000, daily_files=300),
)

STYLES = (WRAPPED, PLAIN, HOURLY, WEEKLY, CLOUD, OFFSITE, HOLIDAYS, SHARED, UNCHANGED, BUSY)
