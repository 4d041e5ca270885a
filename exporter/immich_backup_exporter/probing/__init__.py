"""``config check --probe``: tries everything that was declared, as the agent itself would reach it."""
