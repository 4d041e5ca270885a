"""Typed failures of the sources, each with a sentence for a person and what to do next.

Adapters translate what a program or a server said into one of these, once, at the seam. Neither text of restic nor a
URL, a path of the library or a secret ever enters a message: a repository is named by its configured short name, by
whoever reports the failure.
"""

from collections.abc import Sequence
from enum import StrEnum

from .messages import Message, Text


class FailureReason(StrEnum):
    """Why a repository could not be read; the values of the label ``reason`` of ``repository_failure``."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    UNAUTHORIZED = "unauthorized"
    PERMISSION = "permission"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - the name of a failure, not a password
    NOT_FOUND = "not_found"
    DAMAGED = "damaged"
    PROTOCOL = "protocol"
    RESTIC_MISSING = "restic_missing"
    UNKNOWN = "unknown"


class RepositoryError(Exception):
    """A repository could not be read.

    ``sentence`` says what is wrong, ``next_step`` what a person can do about it; both are fit for a log line or a page.
    ``transient`` tells whether trying again soon makes sense without anybody doing anything.
    """

    def __init__(self, reason: FailureReason, sentence: str, next_step: str, *, transient: bool) -> None:
        super().__init__(f"{sentence} {next_step}")
        self.reason = reason
        self.sentence = sentence
        self.next_step = next_step
        self.transient = transient


class SourceError(Exception):
    """The upload location or the dump folder could not be looked at; same promises as :class:`RepositoryError`."""

    def __init__(self, sentence: str, next_step: str) -> None:
        super().__init__(f"{sentence} {next_step}")
        self.sentence = sentence
        self.next_step = next_step


class InspectionError(Exception):
    """A snapshot could not be looked into for a reason that is not the repository's; the sentence is for a person."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class StoreError(Exception):
    """The state store cannot be used at all (unwritable folder, newer version). The message is for a person."""


class ConfigurationError(Exception):
    """The configuration cannot be used. Each message names the key, what is wrong with its value and how to fix it."""

    def __init__(self, messages: Sequence[Text]) -> None:
        super().__init__(*(message.id if isinstance(message, Message) else message for message in messages))
        self.messages = tuple(messages)
