"""A real Prometheus as a process of its own, asked over HTTP as Grafana would."""

import http.client
import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import yaml

from support.tools import free_port, tool
from support.waiting import PATIENCE_SECONDS, eventually

Series = dict[str, Any]
"""``labels`` and ``values``: pairs of a time and a number."""


class Prometheus:
    """Version 2 or 3 with this configuration, in this folder; what is in its `data` already is served too."""

    def __init__(self, folder: Path, version: int, config: Mapping[str, object], *flags: str) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "prometheus.yml").write_text(yaml.safe_dump(dict(config)))
        self._log = folder / "prometheus.log"
        self._program = tool(f"prometheus-{version}")
        self._flags = flags
        self.url = f"http://127.0.0.1:{free_port()}"
        self._connection = http.client.HTTPConnection(
            self.url.removeprefix("http://"), timeout=PATIENCE_SECONDS
        )  # kept alive

    def __enter__(self) -> Self:
        command = [
            self._program,
            f"--config.file={self.folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.folder / 'data'}",
            "--storage.tsdb.retention.time=10y",
            f"--web.listen-address={self.url.removeprefix('http://')}",
            *self._flags,
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_for(self._ready)
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._process.terminate()
        try:
            self._process.wait(timeout=PATIENCE_SECONDS)
        finally:
            self._process.kill()
            self._process.wait()

    def _ready(self) -> bool:
        assert self._process.poll() is None, self._log.read_text()
        try:
            with urllib.request.urlopen(f"{self.url}/-/ready", timeout=PATIENCE_SECONDS) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait_for(self, condition: Callable[[], object]) -> None:
        """Until it holds."""
        eventually(condition, self._log.read_text, every=0.2)

    def query(self, expression: str, at: float | None = None) -> list[Series]:
        """The vector at a time, by default now."""
        moment = time.time() if at is None else at
        return [
            {"labels": one["metric"], "values": [_pair(one["value"])]}
            for one in self._ask("query", query=expression, time=str(moment))
        ]

    def query_range(self, expression: str, start: float, end: float, step: float) -> list[Series]:
        """The matrix between two times."""
        found = self._ask("query_range", query=expression, start=str(start), end=str(end), step=str(step))
        return [{"labels": one["metric"], "values": list(map(_pair, one["values"]))} for one in found]

    def _ask(self, kind: str, **parameters: str) -> list[dict[str, Any]]:
        connection = self._connection
        data = urllib.parse.urlencode(parameters)
        connection.request("POST", f"/api/v1/{kind}", data, {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        text = answer.read().decode()
        assert answer.status == 200, f"{text}\n{parameters['query']}"
        result: list[dict[str, Any]] = json.loads(text)["data"]["result"]
        return result


def _pair(sample: list[Any]) -> tuple[float, float]:
    return float(sample[0]), float(sample[1])
