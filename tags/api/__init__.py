"""REST API of tags."""
