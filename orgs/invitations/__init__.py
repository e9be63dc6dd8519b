"""Bulk invitations and their e-mails."""
