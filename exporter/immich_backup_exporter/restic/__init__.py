"""Reads restic repositories: cheap listings, and restic itself where nothing else will do."""
