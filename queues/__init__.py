"""Queues, the agents on them, and agent status."""
