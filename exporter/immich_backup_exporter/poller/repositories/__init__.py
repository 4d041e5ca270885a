"""Repositories as a source: their names, snapshots, locks and sizes, and what follows for their plans."""
