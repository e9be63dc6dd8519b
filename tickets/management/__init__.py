"""Commands of the tickets app."""
