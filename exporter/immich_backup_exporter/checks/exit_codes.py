"""What the exit code of a job's command means, where restic or the shell gives it a meaning of its own.

Source: restic's documentation, "Scripting"; 126, 127 and 128 plus a signal are the shell's.
"""

from immich_backup_exporter.domain.messages import Message

_MEANINGS = {
    10: Message("exit_codes.no_repository"),
    11: Message("exit_codes.locked"),
    12: Message("exit_codes.wrong_password"),
    126: Message("exit_codes.not_executable"),
    127: Message("exit_codes.not_found"),
    130: Message("exit_codes.interrupted"),
    137: Message("exit_codes.killed"),
    143: Message("exit_codes.terminated"),
}


def exit_code(code: int | None) -> Message | None:
    """The code, and what it means if that is known; ``None`` where there is none, or it says nothing."""
    if not code:
        return None
    meaning = _MEANINGS.get(code)
    if meaning is None:
        return Message("exit_codes.code", code=code)
    return Message("exit_codes.code_and_meaning", code=code, meaning=meaning)
