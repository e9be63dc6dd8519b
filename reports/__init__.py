"""History, dashboard, exports: reads only."""
