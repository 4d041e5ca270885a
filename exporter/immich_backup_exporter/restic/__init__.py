"""Reads restic repositories: cheap listings, and restic itself where nothing else will do."""

from .client import Deadlines, ResticRepository, restic_version
from .gate import Gate
from .independence import find_independence

__all__ = ["Deadlines", "Gate", "ResticRepository", "find_independence", "restic_version"]
