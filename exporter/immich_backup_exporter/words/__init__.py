"""The only place that holds sentences: messages become text here, in one language or another.

Standard library only, and cheap to import: what stands in front of a backup uses it, too.
"""

from .english import ENGLISH
from .language import Language

__all__ = ["ENGLISH", "Language"]
