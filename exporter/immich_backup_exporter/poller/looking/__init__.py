"""What reading data out of a repository is subject to: locks, a budget in bytes, and when something is due."""
