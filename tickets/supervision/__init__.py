"""Live supervision for managers: queues and agents."""
