"""Pages of sectors."""
