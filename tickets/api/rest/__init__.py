"""Tickets in the REST API. The flow engine has an API of its own."""
