"""Tags over the REST API."""
