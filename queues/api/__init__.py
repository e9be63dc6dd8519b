"""Queues over the REST API."""
