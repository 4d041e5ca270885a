"""Looks at Immich's upload location: markers, dumps and whether they are whole."""

from .upload_location import UploadLocation

__all__ = ["UploadLocation"]
