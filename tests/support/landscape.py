"""Many real agents, one in each kind of trouble, and a real Prometheus with the alert rules that scrapes them all.

Each agent is an `instance` of one job. What every query of the dashboard answers for each is written down once per run
of the tests, since that takes half a minute.
"""

import fcntl
import json
import os
import re
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml

from immich_backup_exporter.demo import watching
from immich_backup_exporter.demo.backups import Restic
from immich_backup_exporter.demo.breaks import BREAKS
from immich_backup_exporter.demo.build import build
from immich_backup_exporter.demo.guide import LOOKED
from immich_backup_exporter.demo.inside import INSIDE
from immich_backup_exporter.demo.layout import Layout, Repository
from immich_backup_exporter.demo.nights import last_nights
from immich_backup_exporter.demo.scene import Scene, looked_into
from immich_backup_exporter.domain.runs import CheckScope, RunEvent, RunReport
from immich_backup_exporter.formats.run_report import encode
from immich_backup_exporter.jobs.spool import Spool, file_name
from support import board, light_repository
from support.agent import Agent
from support.prometheus import Prometheus
from support.tools import PROJECT, tool
from support.waiting import eventually

JOB = "immich-backup"
NIGHTS, PHOTOS = 5, 6
_APART = timedelta(minutes=10)
_BEFORE = {"paused": timedelta(days=4), "insides": timedelta(hours=1)}
"""How long ago the last backup was made, at least."""
_PHOTOS = {"insides": 40}
"""So many that what is left out is no large part of them."""
WELL = ("healthy", "new", "paused")
OUTSIDE = tuple(kind for kind in BREAKS if kind not in (*INSIDE, "same-repository"))
"""Without the one that is told by an alert that is always true of a test: everything is on one disk."""
INSIDES = ("photos-gone", "photos-left-out", "half-dump")
"""What was done to the agent `insides`, one after the other; each look into a backup takes a process."""
BROKEN = (*OUTSIDE, "insides", "failed-job", "gone")
KINDS = (*WELL, *BROKEN, "never-there", "everyone")
"""What is chosen at the top: one instance, also one that never was, or All."""
RATE_INTERVAL, RANGE_SECONDS, STEP_SECONDS = "20s", 300.0, 5.0
SCRAPE_SECONDS = 2
Answers = dict[str, dict[str, list[dict[str, Any]]]]
"""By the key of a query (see `key`) and by kind: the series."""


class QuickRestic(Restic):
    """Makes repositories whose key is cheap, and is the real restic in everything else."""

    def init(self, repository: Repository, like: Repository | None = None) -> None:
        light_repository.make(repository.path, repository.password_file.read_text().strip())


def key(panel: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    return f"{panel['id']} {target['refId']}"


def answers(folder: Path) -> Answers:
    """What every query answers for each kind, from the real thing; ``folder`` is scratch space."""
    with ThreadPoolExecutor(4) as threads, ExitStack() as stack:
        kinds, started = (*WELL, *BROKEN), list[Agent]()
        stack.callback(lambda: list(threads.map(Agent.stop, started)))
        agents = dict(zip(kinds, threads.map(lambda kind: _agent(folder, kind, started), kinds), strict=True))
        prometheus = stack.enter_context(Prometheus(folder / "prometheus", 3, _config(folder, agents)))
        prometheus.wait_for(lambda: len(prometheus.query("immich_backup_exporter_build_info")) == len(agents))
        _scraped_again(prometheus)  # what was there before anything broke shows at one step of a graph at least
        list(threads.map(lambda kind: _break(agents[kind], Layout(folder / kind), kind), ("insides", *OUTSIDE)))
        agents["gone"].stop()
        prometheus.wait_for(lambda: set(BROKEN) <= _firing(prometheus))
        _scraped_again(prometheus)  # for rates, and for alerts that follow from others
        now = time.time()
        _, scrape = agents["healthy"].get("/metrics")
        (folder / "healthy.metrics").write_text(scrape)
        rules = _rules(prometheus)
        return {
            key(panel, target): {kind: _ask(prometheus, target, kind, now, rules) for kind in KINDS}
            for panel, target in board.targets()
        } | {"without rules": {kind: _verdict(prometheus, kind, now, rules="") for kind in KINDS}}


def _scraped_again(prometheus: Prometheus) -> None:
    """Until every agent, also one that is gone, was asked for longer than one step of a graph takes."""

    def fewest() -> float:
        return min(float(one["values"][0][1]) for one in prometheus.query("count_over_time(up[1h])"))

    enough = fewest() + STEP_SECONDS // SCRAPE_SECONDS + 1
    prometheus.wait_for(lambda: fewest() >= enough)


def _firing(prometheus: Prometheus) -> set[str]:
    return {one["labels"].get("instance", "") for one in prometheus.query('ALERTS{alertstate="firing"}')}


def _rules(prometheus: Prometheus) -> str:
    """The value of the hidden variable, from its own query: the first that its pattern finds in the answer as text."""
    variable = board.variable("rules")
    expression = variable["query"].removeprefix("query_result(").removesuffix(")")
    as_text = [
        "{" + ",".join(f'{name}="{value}"' for name, value in one["labels"].items()) + "} 1"
        for one in prometheus.query(expression)
    ]
    found = [match.group(1) for text in as_text if (match := re.search(variable["regex"].strip("/"), text))]
    return (found or [""])[0]


def variables(kind: str, rules: str) -> dict[str, str]:
    """As Grafana would fill them in with one instance chosen, and All of everything else."""
    return {
        "job": board.chosen(),
        "instance": board.chosen() if kind == "everyone" else board.chosen(kind),
        "repository": board.chosen(),
        "plan": board.chosen(),
        "rules": rules,
        "__rate_interval": RATE_INTERVAL,
    }


def _ask(prometheus: Prometheus, target: Mapping[str, Any], kind: str, now: float, rules: str) -> list[dict[str, Any]]:
    expression = board.substituted(target["expr"], variables(kind, rules))
    if target["instant"]:
        return prometheus.query(expression, now)
    return prometheus.query_range(expression, now - RANGE_SECONDS, now, STEP_SECONDS)


def _verdict(prometheus: Prometheus, kind: str, now: float, rules: str) -> list[dict[str, Any]]:
    (target,) = board.panel("Are the photos safe?")["targets"]
    return prometheus.query(board.substituted(target["expr"], variables(kind, rules)), now)


def _config(folder: Path, agents: Mapping[str, Agent]) -> dict[str, object]:
    """The alerts fire at once: what `for` is for takes longer than a test.

    Without the one that everything is on one disk, which is true of every test and the trouble of none.
    """
    rules = yaml.safe_load((PROJECT / "alert_rules" / "immich-backup.rules.yml").read_text())
    for group in rules["groups"]:
        group["rules"] = [rule for rule in group["rules"] if rule["alert"] != "ImmichBackupNotIndependent"]
        for rule in group["rules"]:
            rule.pop("for", None)
            rule.pop("keep_firing_for", None)
    file = folder / "rules.yml"
    file.write_text(yaml.safe_dump(rules))
    scraped = [
        {"targets": [agent.url.removeprefix("http://")], "labels": {"instance": kind}} for kind, agent in agents.items()
    ]
    return {
        "global": {"scrape_interval": f"{SCRAPE_SECONDS}s", "evaluation_interval": f"{SCRAPE_SECONDS}s"},
        "rule_files": [str(file)],
        "scrape_configs": [{"job_name": JOB, "static_configs": scraped}],
    }


def _agent(folder: Path, kind: str, started: list[Agent]) -> Agent:
    """A running one that has looked at everything once; it is among the ``started`` from its start on."""
    layout = Layout(folder / kind)
    layout.root.mkdir(parents=True)
    restic = QuickRestic(tool("restic-0.18"), os.environ)
    until = datetime.now(UTC) - _BEFORE.get(kind, timedelta(0))
    build(layout, restic, last_nights(until, NIGHTS), _PHOTOS.get(kind, PHOTOS), lambda _: None)
    config = yaml.safe_load(layout.config_file.read_text())
    if kind in _PREPARED:
        _PREPARED[kind](layout, config)
    home = folder / f"{kind}-home"
    home.mkdir()
    agent = Agent(home, config)
    started.append(agent)
    agent.start()
    if kind == "new":
        agent.wait(lambda scrape: scrape("snapshots", repository="nas") == 0)
    else:
        eventually(lambda: watching.changed(LOOKED, {}, watching.Agent(f"{agent.url}/").values()), every=0.5)
    return agent


def _break(agent: Agent, layout: Layout, kind: str) -> None:
    """As `demo --break` does it, until the agent has noticed."""
    ways = INSIDES if kind == "insides" else (kind,)
    for left, way in zip(reversed(range(len(ways))), ways, strict=True):
        _break_once(agent, layout, way, datetime.now(UTC) - left * _APART)
    if kind == "insides":
        restic = QuickRestic(tool("restic-0.18"), os.environ)
        restic.backup(layout.offsite, layout.sources, datetime.now(UTC))


def _break_once(agent: Agent, layout: Layout, kind: str, now: datetime) -> None:
    asked = watching.Agent(f"{agent.url}/")
    before = asked.values()
    scene = Scene(
        layout=layout,
        restic=QuickRestic(tool("restic-0.18"), os.environ),
        now=now,
        reload=lambda: agent.signal(signal.SIGHUP),
        looked_into=lambda moment: looked_into(asked, moment),
    )
    BREAKS[kind].apply(scene)
    eventually(lambda: watching.changed(BREAKS[kind].shows, before, asked.values()), every=0.5)


# --- what an agent is given beside the demo


def _with_jobs(layout: Layout, config: dict[str, Any]) -> None:
    """A backup job that succeeded, a check that passed, and a copy that is at work."""
    of_plan = {"repository": "nas", "plan": "immich"}
    config["jobs"] = {
        "nightly": {"kind": "backup", **of_plan, "max_age": "26h", "max_duration": "6h"},
        "monthly": {"kind": "check", "repository": "nas"},
        "copy": {"kind": "copy", "repository": "offsite", "plan": "immich", "max_duration": "6h"},
    }
    config["repositories"]["nas"]["check"] = {"max_age": "35d"}
    snapshot = QuickRestic(tool("restic-0.18"), os.environ).snapshots(layout.nas)[-1]
    began = datetime.now(UTC) - timedelta(minutes=30)
    ended = RunReport(
        run_id=f"{1:032x}",
        job="nightly",
        event=RunEvent.END,
        started=began,
        ended=began + timedelta(minutes=2),
        duration_seconds=120.0,
        exit_code=0,
        unreadable_files=0,
        snapshot_ids=(snapshot.id,),
    )
    checked = replace(
        ended, run_id=f"{2:032x}", job="monthly", snapshot_ids=(), check_scope=CheckScope.STRUCTURE, damaged=False
    )
    at_work = RunReport(run_id=f"{3:032x}", job="copy", event=RunEvent.START, started=began)
    _report(layout, ended, checked, at_work)


def _with_a_failed_job(layout: Layout, config: dict[str, Any]) -> None:
    _with_jobs(layout, config)
    began = datetime.now(UTC) - timedelta(minutes=5)
    failed = RunReport(
        run_id=f"{4:032x}",
        job="nightly",
        event=RunEvent.END,
        started=began,
        ended=began + timedelta(minutes=1),
        duration_seconds=60.0,
        exit_code=1,
    )
    _report(layout, failed)


def _with_an_empty_repository(layout: Layout, config: dict[str, Any]) -> None:
    """As on the first day: nothing was backed up yet, and nothing is due."""
    light_repository.make(layout.root / "empty", "secret")
    config["repositories"] = {
        "nas": {**config["repositories"]["nas"], "repository": str(layout.root / "empty"), "password": "secret"}
    }
    del config["repositories"]["nas"]["password_file"], config["offsite_required"]


def _paused(layout: Layout, config: dict[str, Any]) -> None:
    """Nothing was backed up for days, and nothing has to be."""
    until = (datetime.now(UTC) + timedelta(days=20)).date()
    config["immich"]["dump"]["paused_until"] = until
    for repository in config["repositories"].values():
        repository["plans"]["immich"]["paused_until"] = until


def _looked_into_later(layout: Layout, config: dict[str, Any]) -> None:
    """A backup off-site that is no copy is not looked into for the next two hours."""
    begin, end = (datetime.now(UTC) + timedelta(hours=ahead) for ahead in (2, 3))
    config["immich"]["timezone"] = "UTC"  # which the hours are in
    config["repositories"]["offsite"]["inspect"] = {"hours": f"{begin:%H:%M}-{end:%H:%M}"}


def _report(layout: Layout, *reports: RunReport) -> None:
    """As the wrapper leaves them."""
    layout.state_dir.mkdir(exist_ok=True)
    spool = Spool.open(str(layout.state_dir / "spool"))
    for one in reports:
        spool.write(file_name(one.job, one.run_id, one.event.value), encode(one))
    spool.close()


_PREPARED: dict[str, Callable[[Layout, dict[str, Any]], None]] = {
    "healthy": _with_jobs,
    "failed-job": _with_a_failed_job,
    "insides": _looked_into_later,
    "new": _with_an_empty_repository,
    "paused": _paused,
}


# --- once for all workers of a run of the tests


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def answers_once(shared: Path, make: Callable[[Path], Answers], name: str) -> Answers:
    """Those that ``make`` writes down for whichever worker comes first."""
    file = shared / f"{name}.json"
    with _alone(shared / f"{name}.lock"):
        if not file.exists():
            folder = shared / name
            folder.mkdir()
            file.write_text(json.dumps(make(folder)))
    loaded: Answers = json.loads(file.read_text())
    return loaded
