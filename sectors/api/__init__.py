"""Sectors over the REST API."""
