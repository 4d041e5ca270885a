"""Signs of life of runs that have not ended, as far as this process saw them."""

from collections.abc import Collection
from dataclasses import dataclass, field

from immich_backup_exporter.domain.runs import Sign, is_silent, look_for_life

Key = tuple[str, str]
"""Job and run id."""

SPOOL, PUSH = "spool", "push"

_LONGEST_ABSENCE_SECONDS = 60.0


@dataclass(slots=True)
class _Life:
    sign: Sign
    tokens: dict[str, int] = field(default_factory=dict)


class Heartbeats:
    """Who is silent, by a clock that does not jump. Silence counts only while the agent listened."""

    def __init__(self) -> None:
        self._heartbeats: dict[Key, _Life] = {}
        self._listened_at: float | None = None

    def expect(self, key: Key, monotonic: float) -> None:
        """Begin to listen for a run; its silence counts from now."""
        self._heartbeats.setdefault(key, _Life(Sign(0, monotonic)))

    def heard(self, key: Key, source: str, token: int, monotonic: float) -> bool:
        """Note what a source shows of a run. Returns whether that is new since it was looked at before."""
        life = self._heartbeats.get(key)
        if life is None:
            self._heartbeats[key] = _Life(Sign(token, monotonic), {source: token})
            return False
        life.tokens[source] = token
        before, life.sign = life.sign, look_for_life(life.sign, sum(life.tokens.values()), monotonic)
        return life.sign is not before

    def listening(self, monotonic: float, *, could: bool) -> None:
        """Say that it was listened until now; where the agent could not listen, no run was silent."""
        absent = self._listened_at is not None and monotonic - self._listened_at > _LONGEST_ABSENCE_SECONDS
        if absent or not could:
            for life in self._heartbeats.values():
                life.sign = Sign(life.sign.token, monotonic)
        self._listened_at = monotonic

    def silent(self, key: Key, monotonic: float, beat_seconds: float | None) -> bool:
        """Whether a run that promised signs of life gave none for too long."""
        self.expect(key, monotonic)
        return is_silent(self._heartbeats[key].sign, monotonic, beat_seconds)

    def forget_all_but(self, keys: Collection[Key]) -> None:
        self._heartbeats = {key: life for key, life in self._heartbeats.items() if key in keys}
