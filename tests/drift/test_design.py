"""DESIGN.md and CONTRIBUTING.md name the rooms and layers that the code has."""

import re
import tomllib

from support.tools import PROJECT

PACKAGE = PROJECT / "exporter" / "immich_backup_exporter"
DESIGN = (PROJECT / "DESIGN.md").read_text(encoding="utf-8")
CONTRIBUTING = (PROJECT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def rooms(folder: str) -> set[str]:
    """Its modules and packages, as DESIGN.md writes them."""
    entries = [path for path in (PACKAGE / folder).iterdir() if path.name not in ("__init__.py", "__pycache__")]
    packages = {f"{path.name}/" for path in entries if (path / "__init__.py").exists()}
    return packages | {path.name for path in entries if path.suffix == ".py"}


def shape() -> set[str]:
    """The words of the picture of the code at the beginning of DESIGN.md, left of what they mean."""
    picture = DESIGN.split("```")[1]
    return {word for line in picture.splitlines() for word in re.split(r"  +(?=[a-z`H])", line.strip())[0].split()}


def test_the_shape_names_every_room() -> None:
    assert sorted(rooms("") - shape()) == []


def test_the_shape_names_every_room_of_the_poller() -> None:
    assert sorted(rooms("poller") - shape() - {"source.py", "loop.py", "once.py"}) == []


def test_the_shape_names_no_room_that_is_not_there() -> None:
    named = {word for word in shape() if re.fullmatch(r"[a-z_]+(/|\.py)", word)}
    assert sorted(named - rooms("") - rooms("poller")) == []


def test_the_layers_are_those_of_the_contract() -> None:
    configuration = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = configuration["tool"]["importlinter"]["contracts"]
    layers = next(one["layers"] for one in contracts if one.get("containers") == ["immich_backup_exporter"])
    assert "\n".join(layers) == CONTRIBUTING.split("## Layers")[1].split("```")[1].strip()
