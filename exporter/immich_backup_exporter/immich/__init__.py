"""Looks at Immich's upload location: markers, dumps and whether they are whole."""
