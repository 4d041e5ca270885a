"""`check` and `accept` as processes of their own, beside the real agent."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .agent import Agent
from .waiting import PATIENCE_SECONDS


def command(
    agent: Agent, name: str, *flags: str, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """One command with the agent's configuration and environment."""
    arguments = [sys.executable, "-m", "immich_backup_exporter", name, "--config.file", str(agent.config_file), *flags]
    return subprocess.run(
        arguments,
        env={**agent._env, **(env or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_SECONDS,
    )


def address(agent: Agent) -> tuple[str, str]:
    """The flag that says where the agent listens."""
    return "--web.listen-address", urlsplit(agent.url).netloc


NOWHERE = ("--web.listen-address", "127.0.0.1:9")
"""Where nothing listens: the store is asked."""


class Checked:
    """What `check --json` said."""

    def __init__(self, result: subprocess.CompletedProcess[str]) -> None:
        self.exit_code = result.returncode
        self.complaint = result.stderr
        self.answer: dict[str, Any] = json.loads(result.stdout) if result.stdout else {}

    @property
    def source(self) -> str:
        return str(self.answer["source"]["kind"])

    @property
    def sentence(self) -> str:
        return str(self.answer["source"]["sentence"])

    @property
    def trouble(self) -> dict[str, str]:
        """Severities of what is not well, by check."""
        return {one["check"]: one["severity"] for one in self.answer["findings"] if one["severity"] != "ok"}

    def said(self, check: str) -> str:
        (sentence,) = [one["sentence"] for one in self.answer["findings"] if one["check"] == check]
        return str(sentence)


def check(agent: Agent, *flags: str, env: Mapping[str, str] | None = None) -> Checked:
    return Checked(command(agent, "check", "--json", *flags, env=env))
