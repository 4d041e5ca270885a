"""Sizes as people read them."""

import pytest

from immich_backup_exporter.words import numbers


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (1024, "1.0 KiB"),
        (12_897_484, "12.3 MiB"),
        (274_877_906_944, "256.0 GiB"),
        (5_000_000_000_000_000, "4.4 PiB"),
    ],
)
def test_a_size_is_readable(size_bytes: int, text: str) -> None:
    assert numbers.size(size_bytes) == text
