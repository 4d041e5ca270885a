"""What every source needs: the published state, the store beside the event loop, the log, when something is due."""
