"""Closing tags."""
