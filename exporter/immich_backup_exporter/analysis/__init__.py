"""Pure arithmetic over facts: which snapshots are a plan's, what is newest, what is usual."""
