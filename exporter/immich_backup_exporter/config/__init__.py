"""The configuration: a YAML file and the environment become frozen settings, or a list of what is wrong with them.

:func:`load` for the agent, :func:`read` for the commands, :func:`show`, :func:`schema` and :func:`rows` to print,
:mod:`.probe` to try whether what was declared can be reached.
"""

from .load import Configuration, load, read
from .printing import Row, rows, schema, show

__all__ = ["Configuration", "Row", "load", "read", "rows", "schema", "show"]
