"""What a run's own command line says of its meaning: a word of ours is all that is kept of it."""

from collections.abc import Sequence

_SKIP = "--skip-if-unchanged"
_SUBSET = "--read-data-subset"
_FILTERS = ("--tag", "--host", "-H", "--path")
_WITH_VALUE = (
    *(_SUBSET, *_FILTERS, "-r", "--repo", "--repository-file", "-p", "--password-file", "--password-command"),
    *("--cache-dir", "--cacert", "--compression", "--http-user-agent", "--key-hint", "--limit-download"),
    *("--limit-upload", "-o", "--option", "--pack-size", "--retry-lock", "--stuck-request-timeout"),
    "--tls-client-cert",
)
"""Options of `restic check` whose value may be a word of its own."""


def check_facts(command: Sequence[str]) -> dict[str, object]:
    """What a `restic check` that we started ourselves looks at: ``check_scope`` and ``check_part``."""
    words = list(command)
    if "check" not in words or not any(_name(word).startswith("restic") for word in words[: words.index("check")]):
        return {}
    words = words[words.index("check") + 1 :]
    facts: dict[str, object] = {}
    filtered = False
    while words:
        name, equals, value = words.pop(0).partition("=")
        if name in _WITH_VALUE and not equals and words:
            value = words.pop(0)
        if name == "--read-data" and value != "false":
            facts["check_scope"] = "data"
        elif name == _SUBSET:
            facts |= subset_facts(value)
        filtered = filtered or name in _FILTERS or not name.startswith("-")
    return facts | {"check_part": "filtered"} if filtered else facts


def subset_facts(value: str) -> dict[str, object]:
    """What `--read-data-subset` with this value reads."""
    number, _, total = value.partition("/")
    if value == "100%" or (number == total == "1"):
        return {"check_scope": "data"}
    whole = number.isdigit() and total.isdigit() and 1 <= int(number) <= int(total)
    return {"check_scope": "data", "check_part": f"{int(number)}/{int(total)}" if whole else "sample"}


def only_tries(command: Sequence[str]) -> bool:
    """Whether it is a `restic forget` that was told to remove nothing (`--dry-run`); its JSON does not tell."""
    if "forget" not in command:
        return False
    words = command[list(command).index("forget") + 1 :]
    return any(
        word in ("--dry-run", "--dry-run=true") or (word[:1] == "-" and word[1:2] != "-" and "n" in word)
        for word in words
    )


def may_skip(command: Sequence[str]) -> str | None:
    """Whether the command may make no snapshot where nothing changed: a value of ``NoSnapshot``.

    `restic backup --quiet` prints nothing, whether it made one or skipped it (tried with 0.18 and 0.19), and ends with
    0 in both cases and in no other. A script that holds such a call may end with 0 for other reasons.
    """
    if not any(_SKIP in word and f"{_SKIP}=false" not in word for word in command):
        return None
    names = [_name(word) for word in command]
    restic = next((at for at, name in enumerate(names) if name.startswith("restic")), len(names))
    if "backup" in command[restic:] and not {_SKIP, f"{_SKIP}=true"}.isdisjoint(command[restic:]):
        return "unless_changed"
    return "perhaps"


def _name(word: str) -> str:
    return word.rpartition("/")[2]
