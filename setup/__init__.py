"""Pages composed of several apps: checklist, new sector, connect your flow."""
