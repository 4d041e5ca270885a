"""Asking the agent that runs on this machine: the health check and `check`."""

TEXTS = {
    "alive": "The agent is alive: {refusal}",
    "health_check": "the health check",
    "healthy": "The agent is healthy.",
    "no_answer": "The agent closed the connection without an answer, or cannot be reached.",
    "no_client_certificate": "it asked for a client certificate, which {asker} does not have.",
    "no_password": "it asked for a password, which {asker} does not know.",
    "no_tls": "The agent does not answer in TLS as its web configuration says.",
    "nothing_listens": "Nothing listens on the agent's port; it is not running, or listens elsewhere.",
    "other_status": "The agent's port answered with status {status}; another program may listen there.",
    "other_version": "What answers at {url} is not an agent of this version.",
    "port_not_fixed": "The agent chose its port itself (:0) and cannot be found; give it a fixed port.",
    "rate_limited": "it limits the rate of requests.",
    "this_command": "this command",
    "too_slow": "The agent did not answer within {seconds:# second|# seconds}.",
}
