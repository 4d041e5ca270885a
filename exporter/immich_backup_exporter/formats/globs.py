"""What a glob pattern means, for files on a disk and for paths in a snapshot alike.

``*`` and ``?`` match no slash and no leading dot; ``**`` is any number of folders that are not hidden. Brackets hold a
set of characters, never a slash; a bracket that is not closed means itself.
"""

import re


def components(pattern: str) -> list[str]:
    """The pattern's parts between slashes; the last is never ``**``, so that it always means files."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if parts and parts[-1] == "**":
        parts.append("*")
    return parts


def glob_expression(pattern: str) -> str:
    """A regular expression for whole paths, each with a slash before it."""
    return "".join(
        r"(?:/(?!\.)[^/]+)*" if part == "**" else f"/{component_expression(part)}" for part in components(pattern)
    )


def component_expression(part: str) -> str:
    """A regular expression for the names that one part of a pattern means; ``**`` is none of them."""
    expression = "" if part[:1] not in ("*", "?", "[") else r"(?!\.)"
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            expression += "[^/]*"
        elif character == "?":
            expression += "[^/]"
        elif character == "[" and (end := part.find("]", at + 1 + (part[at : at + 1] == "!"))) > 0:
            expression += _one_of(part[at:end])
            at = end + 1
        else:
            expression += re.escape(character)
    return expression


def _one_of(inside: str) -> str:
    """What brackets hold; a range that ends before it begins holds nothing, so that it matches nothing."""
    negated = "^" if inside.startswith("!") else ""
    characters = re.sub(r"([\\\[\]^&~|])", r"\\\1", inside.removeprefix("!"))
    try:
        re.compile(f"[{negated}{characters}]")
    except re.error:
        return "(?!)"
    return f"(?!/)[{negated}{characters}]"
