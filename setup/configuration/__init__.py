"""A project's configuration as one YAML file (docs/configuration.md)."""
