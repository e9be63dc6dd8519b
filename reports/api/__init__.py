"""What the REST API says about usage."""
