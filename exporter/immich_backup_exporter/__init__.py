"""Watches restic's snapshots and Immich's database dumps and tells Prometheus whether they are good."""

__version__ = "0.1.0"
