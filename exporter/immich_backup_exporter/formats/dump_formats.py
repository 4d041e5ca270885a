"""Which other format a file is in, by its first bytes: it may be a good dump, only not one that is read here.

They are those of the formats' own documents: RFC 9580 (OpenPGP packets), the age format v1, ``pg_backup_archiver.c``
(``PGDMP``), POSIX (``ustar``), and what ``file`` knows.
"""

import re

from immich_backup_exporter.domain.messages import Message

FORMAT_BYTES = 512
"""How many first bytes tell every format that is known here."""

_CUSTOM = Message("dump_verdicts.custom_format")
_TAR = Message("dump_verdicts.other_format", format="tar")
_BY_FIRST_BYTES = (
    (rb"PGDMP", _CUSTOM),
    (rb"\x28\xb5\x2f\xfd", Message("dump_verdicts.compressed", program="zstd")),
    (rb"\xfd7zXZ\0", Message("dump_verdicts.compressed", program="xz")),
    (rb"BZh[1-9]", Message("dump_verdicts.compressed", program="bzip2")),
    (rb"\x04\x22\x4d\x18", Message("dump_verdicts.compressed", program="lz4")),
    (rb"\x89LZO\0", Message("dump_verdicts.compressed", program="lzop")),
    (rb"PK\x03\x04", Message("dump_verdicts.compressed", program="zip")),
    (rb"7z\xbc\xaf\x27\x1c", Message("dump_verdicts.compressed", program="7-Zip")),
    (
        rb"age-encryption\.org/v1\n|-----BEGIN AGE ENCRYPTED FILE-----",
        Message("dump_verdicts.encrypted", program="age"),
    ),
    (rb"Salted__", Message("dump_verdicts.encrypted", program="OpenSSL")),
    # Session keys, encrypted to a public key (tag 1) or by a passphrase (tag 3), in packets of both forms.
    (
        (
            rb"-----BEGIN PGP MESSAGE-----|\x84.[\x03\x06]|\x85..[\x03\x06]|\x8c.[\x04-\x06]|\x8d..[\x04-\x06]"
            rb"|\xc1..?[\x03\x06]|\xc3.[\x04-\x06]"
        ),
        Message("dump_verdicts.encrypted", program="GnuPG"),
    ),
    (rb".{257}ustar", _TAR),
)
_KNOWN = tuple((re.compile(first, re.DOTALL), sentence) for first, sentence in _BY_FIRST_BYTES)


def other_format(first: bytes) -> Message | None:
    """Why a file that begins with these bytes cannot be judged; ``None``: it is in no other format that is known.

    A tar archive needs :data:`FORMAT_BYTES`, the others the first sixteen.
    """
    return next((sentence for begins, sentence in _KNOWN if begins.match(first)), None)
