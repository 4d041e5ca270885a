"""What stands in the pages for people to type or to write down."""

import re
from pathlib import Path

_FENCE = re.compile(r"(?m)^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL)


def blocks(page: Path, *languages: str) -> list[str]:
    """The fenced blocks of a page in its order, in lists without their indentation; of these languages, or all."""
    return [
        re.sub(rf"(?m)^{indent}", "", text)
        for indent, language, text in _FENCE.findall(page.read_text())
        if not languages or language in languages
    ]
