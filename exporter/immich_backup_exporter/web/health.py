"""Asks the running agent's ``/-/healthy``, for a container's health check."""

from collections.abc import Sequence

from immich_backup_exporter.domain.messages import Message, Text

from .asking import NoAnswerError, RefusedError, Target, ask, targets

_TIMEOUT_SECONDS = 3
_Verdict = tuple[bool, Text]


def healthcheck(addresses: Sequence[str], web_config_file: str | None) -> _Verdict:
    """Whether the agent that listens on the first of ``addresses`` is alive, and a message. Takes 3 seconds at most.

    Neither a plain password nor a client's certificate is known here: being asked for one is an answer of our own
    server, and proves it alive.
    """
    try:
        where = targets(addresses, web_config_file)
    except NoAnswerError as error:
        return False, error.message
    *others, last = where
    return next((verdict for verdict in map(_ask, others) if verdict[0]), None) or _ask(last)


def _ask(target: Target) -> _Verdict:
    try:
        ask(target, "/-/healthy", _TIMEOUT_SECONDS, Message("asking.health_check"))
    except RefusedError as error:
        return True, Message("asking.alive", refusal=error.message)
    except NoAnswerError as error:
        return False, error.message
    return True, Message("asking.healthy")
