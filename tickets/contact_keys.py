"""What two contacts have in common if they are the same person (docs/rules.md, Contacts)."""

from dataclasses import dataclass

from core.phone_numbers import canonical_number

#: Before the keys of contacts whose addresses are shown to nobody: they are joined only with each other.
HIDDEN = "hidden "
#: Longest keys: a URN as it is stored, and a phone number with an extension, with the prefix.
ADDRESS_LENGTH, NUMBER_LENGTH = 300, 64


@dataclass(frozen=True)
class ContactKeys:
    """A contact's address, which is a URN's ``scheme:path``, and phone number; empty for none. Contacts of a project
    that have one of them in common are the same person."""

    address: str
    number: str

    @property
    def given(self) -> list[str]:
        """Both, without empty ones."""
        return [key for key in (self.address, self.number) if key]


def urn_path(urn: str) -> str:
    """Return ``scheme:path`` of a URN, without query and display part; empty if it has no path."""
    scheme, _colon, path = urn.partition("?")[0].partition("#")[0].strip().partition(":")
    return f"{scheme.lower()}:{path}" if scheme and path else ""


def contact_keys(urn: str, phone: str, *, hidden: bool = False) -> ContactKeys:
    """Return the keys of a contact.

    The phone number is that of the URN if it holds one (``tel:``, ``whatsapp:``), or of the phone field where there
    is no URN at all. Beside a URN the field says nothing for sure: anybody can name somebody else's number to a bot,
    and would get their answers. ``hidden``: the flow marks the contact as anonymous.
    """
    address = urn_path(urn)
    number = _number_of(address) if address else canonical_number(phone)
    before = HIDDEN if hidden else ""
    return ContactKeys(address and before + address, number and before + number)


def _number_of(address: str) -> str:
    scheme, _colon, number = address.partition(":")
    if scheme == "whatsapp":
        # International, without a sign.
        return canonical_number(f"+{number}") if number.isascii() and number.isdigit() else canonical_number(number)
    return canonical_number(number) if scheme == "tel" else ""
