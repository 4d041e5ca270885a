"""What declared repositories have in common with the library and with each other: one disk, one password. Blocking."""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence

from immich_backup_exporter.domain.repository import Independence, RepositoryAccess
from immich_backup_exporter.formats import repository_url

_LONGEST_PASSWORD_FILE = 64 * 1024
_BLOCK_DEVICES = "/sys/dev/block"


def find_independence(accesses: Sequence[RepositoryAccess], upload_location: str | None) -> dict[str, Independence]:
    """Of each repository, by name. Passwords are compared and not kept."""
    secrets = {access.name: _secret(access) for access in accesses}
    counts = Counter(secret for secret in secrets.values() if secret is not None)
    library = None if upload_location is None else _disk(upload_location)
    found = {}
    for access in accesses:
        path, secret = repository_url.parse(access.url).local_path, secrets[access.name]
        disk = None if path is None else _disk(path)
        found[access.name] = Independence(
            local=path is not None,
            shares_library_disk=None if library is None or disk is None else disk == library,
            shares_password=None if secret is None else counts[secret] > 1,
        )
    return found


def _secret(access: RepositoryAccess) -> bytes | None:
    """A digest of the password; of the command that prints it where it is one. ``None``: it cannot be read."""
    if access.password_file is not None:
        try:
            with open(access.password_file, "rb") as file:
                text = file.read(_LONGEST_PASSWORD_FILE)
        except OSError:
            return None
        return hashlib.sha256(b"password " + text.strip()).digest()
    if access.password is not None:
        return hashlib.sha256(b"password " + access.password.strip().encode("utf-8", "surrogateescape")).digest()
    if access.password_command is not None:
        return hashlib.sha256(b"command " + access.password_command.encode("utf-8", "surrogateescape")).digest()
    return None


def _disk(path: str) -> str | None:
    """A name of the disk that a path is on: that of the whole one where the kernel tells which a partition is of."""
    try:
        device = os.stat(path).st_dev
    except OSError:
        return None
    number = f"{os.major(device)}:{os.minor(device)}"
    place = os.path.realpath(os.path.join(_BLOCK_DEVICES, number))
    if os.path.exists(os.path.join(place, "partition")):
        place = os.path.dirname(place)
    return place if os.path.exists(place) else number
