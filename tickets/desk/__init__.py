"""Data of the desk around the conversation."""
