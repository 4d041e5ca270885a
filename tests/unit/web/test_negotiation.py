"""Which form of the metrics a client gets."""

import pytest

from immich_backup_exporter.web.negotiation import wants_gzip, wants_openmetrics

PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT_FIRST = (
    "text/plain;version=0.0.4;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.4"
)


@pytest.mark.parametrize(
    "accept",
    [
        PROMETHEUS_2,
        PROMETHEUS_3,
        "application/openmetrics-text",
        "application/openmetrics-text; version=1.0.0",
        'APPLICATION/OpenMetrics-Text; VERSION="1.0.0"',
        "text/html, application/openmetrics-text",
        "text/plain;version=0.0.4,application/openmetrics-text;version=1.0.0",
    ],
)
def test_openmetrics_is_sent_to_who_likes_it_best(accept):
    assert wants_openmetrics(accept)


@pytest.mark.parametrize(
    "accept",
    [
        "",
        "*/*",
        "text/plain",
        "application/*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/openmetrics-text; version=0.0.1",
        "application/openmetrics-text; version=2.0.0",
        "application/openmetrics-text; version=1.0.0; q=0",
        "application/openmetrics-text; q=nonsense",
        PROMETHEUS_3_TEXT_FIRST,
        ";;,,;q=",
    ],
)
def test_the_text_format_is_sent_to_everybody_else(accept):
    assert not wants_openmetrics(accept)


@pytest.mark.parametrize("accept_encoding", ["gzip", "deflate, gzip;q=0.5", "GZIP", "br,gzip"])
def test_gzip_is_used_where_it_is_named(accept_encoding):
    assert wants_gzip(accept_encoding)


@pytest.mark.parametrize("accept_encoding", ["", "identity", "br", "gzip;q=0", "x-gzip", "*"])
def test_gzip_is_not_used_elsewhere(accept_encoding):
    assert not wants_gzip(accept_encoding)
