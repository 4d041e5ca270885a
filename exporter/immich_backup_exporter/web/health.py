"""Asks the running agent's ``/-/healthy``, for a container's health check."""

from collections.abc import Sequence

from .asking import NoAnswerError, RefusedError, Target, ask, targets

_TIMEOUT_SECONDS = 3
_Verdict = tuple[bool, str]


def healthcheck(addresses: Sequence[str], web_config_file: str | None) -> _Verdict:
    """Whether the agent that listens on the first of ``addresses`` is alive, and a sentence. Takes 3 seconds at most.

    Neither a plain password nor a client's certificate is known here: being asked for one is an answer of our own
    server, and proves it alive.
    """
    try:
        where = targets(addresses, web_config_file)
    except NoAnswerError as error:
        return False, str(error)
    verdict = False, ""
    for target in where:
        verdict = _ask(target)
        if verdict[0]:
            break
    return verdict


def _ask(target: Target) -> _Verdict:
    try:
        ask(target, "/-/healthy", _TIMEOUT_SECONDS, "the health check")
    except RefusedError as error:
        return True, f"The agent is alive: {error}"
    except NoAnswerError as error:
        return False, str(error)
    return True, "The agent is healthy."
