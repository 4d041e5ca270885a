"""What a run's own command line says of its meaning: a word of ours is all that is kept of it."""

from collections.abc import Sequence

_SKIP = "--skip-if-unchanged"


def check_scope(command: Sequence[str]) -> str | None:
    """What a `restic check` that we started ourselves looks at."""
    return "data" if "check" in command and not {"--read-data", "--read-data=true"}.isdisjoint(command) else None


def may_skip(command: Sequence[str]) -> str | None:
    """Whether the command may make no snapshot where nothing changed: a value of ``NoSnapshot``.

    `restic backup --quiet` prints nothing, whether it made one or skipped it (tried with 0.18 and 0.19), and ends with
    0 in both cases and in no other. A script that holds such a call may end with 0 for other reasons.
    """
    if not any(_SKIP in word and f"{_SKIP}=false" not in word for word in command):
        return None
    names = [word.rpartition("/")[2] for word in command]
    restic = next((at for at, name in enumerate(names) if name.startswith("restic")), len(names))
    if "backup" in command[restic:] and not {_SKIP, f"{_SKIP}=true"}.isdisjoint(command[restic:]):
        return "unless_changed"
    return "perhaps"
