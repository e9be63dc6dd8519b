"""Hashing passwords of people who are made for tests."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher


class QuickPBKDF2(PBKDF2PasswordHasher):
    """The real hash with one turn instead of a million: a server that knows nothing of tests reads it as well."""

    iterations = 1
