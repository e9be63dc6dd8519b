"""Sectors: departments of a project, their managers, hours and quick messages."""
