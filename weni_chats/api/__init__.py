"""The APIs of all apps under their addresses, and their description."""
