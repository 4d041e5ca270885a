"""Reads restic repositories: cheap listings, and restic itself where nothing else will do."""

from .client import Deadlines, ResticRepository, restic_version
from .gate import Gate

__all__ = ["Deadlines", "Gate", "ResticRepository", "restic_version"]
