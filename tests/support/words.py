"""What is said, in English, as it is shown to people."""

import re
from collections.abc import Callable
from typing import overload

from immich_backup_exporter.domain.errors import ExplainedError
from immich_backup_exporter.domain.messages import Text
from immich_backup_exporter.words import ENGLISH


@overload
def english(said: Text | BaseException) -> str: ...
@overload
def english(said: None) -> None: ...
@overload
def english(said: Text | BaseException | None) -> str | None: ...
def english(said: Text | BaseException | None) -> str | None:
    """The text of a message, or of what is wrong and what to do by an error; ``None`` stays ``None``."""
    if said is None:
        return None
    if isinstance(said, BaseException):
        assert isinstance(said, ExplainedError)
        return ENGLISH.render(said.explanation)
    return ENGLISH.render(said)


def saying(pattern: str) -> Callable[[BaseException], bool]:
    """For ``pytest.raises(..., check=...)``: whether an error's text holds the regular expression."""
    return lambda error: re.search(pattern, english(error)) is not None
