"""Typed failures of the sources, each with a message and what to do next.

Adapters translate what a program or a server said into one of these, once, at the seam. Neither text of restic nor a
URL, a path of the library or a secret ever enters a message: who reports the failure of a repository names it by its
configured short name.
"""

from collections.abc import Sequence
from enum import StrEnum

from .messages import Message, Text, sentences


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


class ExplainedError(Exception):
    """A failure that says what is wrong and what a person can do about it, as messages.

    ``str`` of it is for programmers: the message's id, never its arguments.
    """

    def __init__(self, message: Text, next_step: Text = "") -> None:
        super().__init__(message.id if isinstance(message, Message) else message)
        self.message = message
        self.next_step = next_step

    @property
    def sentence(self) -> Text:
        """The message, for those who do not know its new name yet."""
        return self.message

    @property
    def explanation(self) -> Text:
        """What is wrong and what to do, one after the other."""
        return sentences(self.message, self.next_step) if self.next_step else self.message


class RepositoryError(ExplainedError):
    """A repository could not be read.

    ``transient`` tells whether trying again soon makes sense although nothing was changed.
    """

    def __init__(self, reason: FailureReason, message: Text, next_step: Text, *, transient: bool) -> None:
        super().__init__(message, next_step)
        self.reason = reason
        self.transient = transient


class SourceError(ExplainedError):
    """The upload location, the dump folder, the spool or another source could not be looked at."""


class InspectionError(ExplainedError):
    """A snapshot could not be looked into for a reason that is not the repository's."""


class StoreError(ExplainedError):
    """The state store cannot be used at all (unwritable folder, newer version)."""


class ConfigurationError(Exception):
    """The configuration cannot be used. Each message names the key, what is wrong with its value and how to fix it."""

    def __init__(self, messages: Sequence[Text]) -> None:
        super().__init__(*(message.id if isinstance(message, Message) else message for message in messages))
        self.messages = tuple(messages)
