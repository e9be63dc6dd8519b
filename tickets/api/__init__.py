"""Tickets over HTTP: the flow engine's surface (``external``) and the REST API."""
