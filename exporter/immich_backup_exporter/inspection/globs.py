"""Glob patterns as regular expressions over whole paths, with the meaning that they have on a disk."""

import re


def glob_expression(pattern: str) -> str:
    """``*`` and ``?`` match no slash and no leading dot; ``**`` is any number of folders that are not hidden."""
    parts = [part for part in pattern.split("/") if part not in ("", ".")]
    if parts and parts[-1] == "**":
        parts.append("*")
    expression = ""
    for part in parts:
        expression += r"(?:/(?!\.)[^/]+)*" if part == "**" else f"/{_component(part)}"
    return expression


def _component(part: str) -> str:
    expression = "" if part.startswith(".") or part[:1] not in ("*", "?", "[") else r"(?!\.)"
    at = 0
    while at < len(part):
        character = part[at]
        at += 1
        if character == "*":
            expression += "[^/]*"
        elif character == "?":
            expression += "[^/]"
        elif character == "[" and (end := part.find("]", at + 1 + (part[at : at + 1] == "!"))) > 0:
            inside = part[at:end].replace("\\", "\\\\")
            negated = "^" if inside.startswith("!") else ""
            inside = inside.removeprefix("!").replace("^", "\\^").replace("[", "\\[")
            expression += f"[{negated}{inside}]"
            at = end + 1
        else:
            expression += re.escape(character)
    return expression
