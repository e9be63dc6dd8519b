"""REST API of sectors."""
