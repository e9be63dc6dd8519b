"""REST API of usage."""
