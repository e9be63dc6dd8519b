"""REST API of queues."""
