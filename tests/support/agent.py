"""The real agent as a process of its own, asked over HTTP as Prometheus would."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Self, TypeVar

import yaml
from prometheus_client.parser import text_string_to_metric_families

from support.tools import tool
from support.waiting import PATIENCE_SECONDS, eventually

PREFIX = "immich_backup_"
T = TypeVar("T")


class Scrape:
    """One answer of `/metrics`."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._samples = [
            (sample.name.removeprefix(PREFIX), sample.labels, sample.value)
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        ]

    def __call__(self, name: str, **labels: str) -> float | None:
        """The one sample of this name that has these labels; `None` where there is none."""
        found = [
            value for sample, having, value in self._samples if sample == name and labels.items() <= having.items()
        ]
        assert len(found) <= 1, f"{name} {labels} is not one sample but {len(found)}"
        return found[0] if found else None

    def labels(self, name: str, **labels: str) -> dict[str, str]:
        """The labels of that one sample."""
        (having,) = [
            having for sample, having, _ in self._samples if sample == name and labels.items() <= having.items()
        ]
        return having

    def reason(self, repository: str) -> str | None:
        """Why the last poll failed, if it did."""
        for sample, labels, value in self._samples:
            if sample == "repository_failure" and labels["repository"] == repository and value:
                return labels["reason"]
        return None


class Agent:
    """`immich-backup-exporter serve` with a YAML file written from `config`, or only with the environment.

    `restic` is the version that it finds on its PATH. Ended by pid when the block ends; the log is in `log`.
    """

    def __init__(
        self,
        folder: Path,
        config: Mapping[str, object] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        restic: str | None = "0.18",
        flags: tuple[str, ...] = (),
    ) -> None:
        self.folder = folder
        self.config_file = folder / "config.yaml"
        self.log_file = folder / "agent.log"
        self.state_dir = folder / "state"
        self._flags = list(flags)
        if config is not None:
            self.configure(config)
            self._flags += ["--config.file", str(self.config_file)]
        self._env = {"PATH": self._path(restic), "HOME": str(folder), "STATE_DIRECTORY": str(self.state_dir)}
        self._env |= dict(env or {})
        self._process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def configure(self, config: Mapping[str, object]) -> None:
        self.config_file.write_text(yaml.safe_dump(dict(config)))

    def _path(self, restic: str | None) -> str:
        """A PATH on which `restic` is of that version, or missing."""
        programs = self.folder / "bin"
        programs.mkdir(exist_ok=True)
        if restic is not None and not (programs / "restic").exists():
            (programs / "restic").symlink_to(tool(f"restic-{restic}"))
        return f"{programs}:/usr/bin:/bin"

    def start(self) -> None:
        command = [sys.executable, "-m", "immich_backup_exporter", "serve", "--web.listen-address", "127.0.0.1:0"]
        with self.log_file.open("ab") as log:
            seen = log.tell()
            self._process = subprocess.Popen(
                [*command, *self._flags], env=self._env, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self.url = self._wait_for(lambda: re.search(r"address=(\S+?)/?\s", self.log[seen:])).group(1)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def log(self) -> str:
        return self.log_file.read_text() if self.log_file.exists() else ""

    def get(self, path: str, method: str = "GET") -> tuple[int, str]:
        request = urllib.request.Request(self.url + path, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def scrape(self) -> Scrape:
        status, text = self.get("/metrics")
        assert status == 200
        return Scrape(text)

    def wait(self, condition: Callable[[Scrape], object]) -> Scrape:
        """Scrape until `condition` holds; fails with the last scrape and the log."""
        scrapes: list[Scrape] = []

        def holds() -> bool:
            scrapes[:] = [self.scrape()]
            return bool(condition(scrapes[0]))

        eventually(holds, lambda: f"{scrapes[0].text}\n{self.log}", every=0.1)
        return scrapes[0]

    def wait_for_log(self, text: str, times: int = 1) -> None:
        self._wait_for(lambda: self.log.count(text) >= times or None)

    def _wait_for(self, look: Callable[[], T | None]) -> T:
        def running_look() -> T | None:
            assert self._process is None or self._process.poll() is None, f"the agent ended:\n{self.log}"
            return look()

        found = eventually(running_look, lambda: self.log)
        assert found is not None
        return found

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self.signal(signal.SIGTERM)
        return self._process.wait(timeout=PATIENCE_SECONDS)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.stop()
        except subprocess.TimeoutExpired:
            self.kill()
            raise
