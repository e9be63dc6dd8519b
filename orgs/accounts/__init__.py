"""Signing in: adapters of django-allauth, the identity provider, sessions."""
