"""A flow engine that behaves as the real one does."""
