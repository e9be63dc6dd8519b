"""A real OpenID Connect provider, run by tests as a process of its own (``python -m tests.oidc FOLDER PORT …``)."""
