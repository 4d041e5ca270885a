"""Records runs of jobs: the `run` wrapper, `record`, the spool that both write and the agent reads, and the push."""
