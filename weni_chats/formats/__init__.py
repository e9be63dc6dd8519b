"""Formats of dates and times where Django's own don't suit a list."""
