"""What reading data out of a repository is subject to: a budget in bytes."""
