"""Files that come with this very version: in the wheel beside the modules, in a checkout where people edit them."""

from pathlib import Path

RULES = "alert_rules/immich-backup.rules.yml"
DASHBOARD = "grafana/immich-backup.json"

_PACKAGE = Path(__file__).parent


def shipped(name: str) -> str:
    """The text of a file that is called ``name`` in a checkout."""
    packed = _PACKAGE / "shipped" / name
    return (packed if packed.exists() else _PACKAGE.parent.parent / name).read_text(encoding="utf-8")
