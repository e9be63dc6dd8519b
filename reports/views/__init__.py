"""Pages of history, dashboard and usage."""
