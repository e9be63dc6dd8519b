"""Commands of the orgs app."""
