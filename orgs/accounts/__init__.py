"""Signing in: django-allauth adapters, the identity provider, sessions."""
