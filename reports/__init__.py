"""History, dashboard and exports: read-only."""
