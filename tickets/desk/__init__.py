"""What the desk shows beside the conversation."""
