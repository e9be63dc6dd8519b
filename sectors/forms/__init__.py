"""Forms of sectors."""
