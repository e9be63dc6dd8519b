"""What managers watch: queues and agents now."""
