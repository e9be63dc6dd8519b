"""Processes, and the embedded database."""
