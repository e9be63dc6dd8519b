"""The APIs of all apps: URLs, OpenAPI description and reference page."""
