"""The published state as what ``/metrics`` serves: renders the samples of the sources that changed."""

import sys
from collections.abc import Callable, Sequence

from immich_backup_exporter.domain.state import State
from immich_backup_exporter.metrics.collector import agent_samples
from immich_backup_exporter.metrics.exposition import Exposition
from immich_backup_exporter.metrics.subject import Sample
from immich_backup_exporter.poller.core.publisher import AGENT, Subscriber
from immich_backup_exporter.poller.source import Source

PYTHON = ".".join(str(number) for number in sys.version_info[:3])


def rendering(exposition: Callable[[], Exposition], sources: Callable[[], Sequence[Source]]) -> Subscriber:
    """Called whenever the publisher has something new."""

    def publish(state: State, changed: frozenset[str]) -> None:
        samples: dict[str, list[Sample]] = {
            source.name: list(source.samples(state)) for source in sources() if source.name in changed
        }
        if AGENT in changed:
            samples[AGENT] = list(
                agent_samples(
                    state.agent,
                    offsite_required=state.settings.offsite_required,
                    external_ignored=state.settings.contents.external_ignored,
                    python=PYTHON,
                )
            )
        exposition().publish(state, samples, keep={AGENT, *(source.name for source in sources())})

    return publish
