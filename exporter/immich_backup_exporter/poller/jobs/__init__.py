"""Reports of runs as a source: the spool, what arrives over HTTP, and all runs in memory."""
