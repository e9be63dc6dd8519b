"""Secrets of other services, encrypted before they are stored: a copy of the database alone does not reveal them.

The key is derived from SECRET_KEY. What was encrypted with an earlier one is read as long as that is listed in
SECRET_KEY_FALLBACKS.
"""

import hashlib
import hmac
from base64 import urlsafe_b64encode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

_PURPOSE = b"weni-chats core.encryption"


class Undecipherable(Exception):
    """The text was encrypted with a key that is not known any more."""


def encrypt(text: str) -> str:
    """Return the text encrypted and signed, in characters of base64."""
    return _fernet().encrypt(text.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Return the text that ``encrypt`` was given. Raises Undecipherable."""
    try:
        return _fernet().decrypt(encrypted.encode()).decode()
    except InvalidToken as error:
        raise Undecipherable from error


def _fernet() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([_with_key(str(key)) for key in keys])


def _with_key(secret_key: str) -> Fernet:
    return Fernet(urlsafe_b64encode(hmac.digest(secret_key.encode(), _PURPOSE, hashlib.sha256)))
