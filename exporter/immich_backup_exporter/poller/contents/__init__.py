"""What is inside the newest snapshots as a source: which to look into, doing it, and what is known by tree."""
