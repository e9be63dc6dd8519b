"""Tickets over the REST API, for people's programs. The flow engine has a surface of its own."""
