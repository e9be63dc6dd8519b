"""Pages of active messages."""
