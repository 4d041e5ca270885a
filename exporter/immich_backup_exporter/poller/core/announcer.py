"""Says each trouble once: when it begins, when it changes and when it is over, not at every poll."""

import structlog

from immich_backup_exporter.domain.messages import Message, Text


class Announcer:
    """The log of one source. ``fields`` name the source in every line."""

    def __init__(self, source: Text, **fields: str) -> None:
        self._source = source
        self._log = structlog.get_logger().bind(**fields)
        self._said: dict[Text, Text] = {}

    def trouble(
        self, topic: Text, sentence: Text | None, next_step: Text = "", *, key: Text | None = None, **fields: str
    ) -> None:
        """Log ``sentence`` if it is news under ``topic``; ``None``: all is well.

        ``key`` is what makes it news, where the sentence holds numbers that change without being any.
        """
        before = self._said.get(topic)
        if (sentence and (key or sentence)) == before:
            return
        if sentence is None:
            del self._said[topic]
            self._log.info(Message("log.well_again", source=self._source, topic=topic))
            return
        self._said[topic] = key or sentence
        self._log.warning(self._about(sentence), **({"next_step": next_step} if next_step else {}), **fields)

    def news(self, sentence: Text, **fields: object) -> None:
        """Log something that happened."""
        self._log.info(self._about(sentence), **fields)

    def told(self, sentence: Text, *, bad: bool) -> None:
        """Log something that happened, which a person should look at where it is ``bad``."""
        (self._log.warning if bad else self._log.info)(self._about(sentence))

    def defect(self, error: Exception) -> None:
        """An unexpected fault of the agent itself: its trace, for those who asked for everything."""
        self._log.debug(Message("log.defect", source=self._source), exc_info=error)

    def _about(self, sentence: Text) -> Message:
        return Message("log.about", source=self._source, sentence=sentence)
