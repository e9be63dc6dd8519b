"""Template tags of active messages."""
