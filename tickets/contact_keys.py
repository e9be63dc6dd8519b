"""What two contacts have in common if they are the same person (docs/rules.md, Contacts)."""

from core.phone_numbers import canonical_number

#: Before the keys of contacts whose addresses are shown to nobody: they are joined only with each other.
HIDDEN = "hidden "
_ADDRESS, _NUMBER = "urn:", "number:"
#: Longest key: a path as it is stored, with its prefixes.
KEY_LENGTH = 300


def urn_path(urn: str) -> str:
    """Return ``scheme:path`` of a URN, without query and display part; empty if it has no path."""
    scheme, _colon, path = urn.partition("?")[0].partition("#")[0].strip().partition(":")
    return f"{scheme.lower()}:{path}" if scheme and path else ""


def contact_keys(urn: str, phone: str, *, hidden: bool = False) -> list[str]:
    """Return a contact's keys: contacts of a project with a key in common are the same person.

    One is the URN's path; another the phone number, of the URN if it holds one (``tel:``, ``whatsapp:``), else of the
    phone field: a field can hold what many share, such as a company's number, and an address of one's own says more.
    ``hidden``: the flow marks the contact as anonymous.
    """
    path = urn_path(urn)
    number = _number_of(path) or canonical_number(phone)
    keys = [f"{_ADDRESS}{path}"] if path else []
    if number:
        keys.append(number_key(number))
    return [f"{HIDDEN if hidden else ''}{key}" for key in keys]


def number_key(number: str) -> str:
    """Return the key of a phone number in E.164."""
    return f"{_NUMBER}{number}"


def is_address(key: str) -> bool:
    """Whether a key is a URN's path, not a phone number."""
    return key.removeprefix(HIDDEN).startswith(_ADDRESS)


def _number_of(path: str) -> str:
    scheme, _colon, number = path.partition(":")
    if scheme == "whatsapp":
        # International, without a sign.
        return canonical_number(f"+{number}") if number.isascii() and number.isdigit() else canonical_number(number)
    return canonical_number(number) if scheme == "tel" else ""
