"""Inviting many at once, and the e-mails."""
