"""Decides from the ``Accept`` headers in which form the metrics are sent. Pure."""

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def wants_openmetrics(accept: str) -> bool:
    """Whether OpenMetrics 1.0.0 is what the client likes best of what this agent has.

    As ``prometheus_client.exposition.choose_encoder``: OpenMetrics where its name stands with version 1.0.0 or none,
    the text format for everything else, wildcards included. Beyond it, weights count: a Prometheus whose
    ``scrape_protocols`` put the text format first gets that. No ``escaping`` is ever answered, since no name here
    needs one.
    """
    openmetrics, text = 0.0, 0.0
    for media_type, parameters in _entries(accept):
        weight = _weight(parameters)
        if media_type == "application/openmetrics-text" and parameters.get("version", "1.0.0") == "1.0.0":
            openmetrics = max(openmetrics, weight)
        elif media_type == "text/plain":
            text = max(text, weight)
    return openmetrics > 0 and openmetrics >= text


def wants_gzip(accept_encoding: str) -> bool:
    """Whether ``gzip`` is named, and not with weight 0."""
    return any(coding == "gzip" and _weight(parameters) > 0 for coding, parameters in _entries(accept_encoding))


def _entries(header: str) -> list[tuple[str, dict[str, str]]]:
    entries = []
    for entry in header.split(","):
        name, *parameters = (part.strip() for part in entry.split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        entries.append((name.lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}))
    return entries


def _weight(parameters: dict[str, str]) -> float:
    try:
        return float(parameters.get("q", "1"))
    except ValueError:
        return 0.0
