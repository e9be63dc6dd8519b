"""Whom to write to: contacts we know, contacts of the engine, numbers and addresses that are typed."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.http import parse_uuid
from core.phone_numbers import canonical_number, digits_of_number
from orgs.access import Member
from orgs.models import Project
from reports.filters import contact_like
from tickets.contact_keys import contact_keys, urn_path
from tickets.models import Contact, Ticket

from .client import Engine, EngineContact, EngineFailed
from .models import NumberScheme

#: People offered for a search; of each kind.
MAX_OFFERED = 8
#: Names are searched by parts of at least so many characters.
SHORTEST = 3
#: People of one paste.
MAX_AT_ONCE = 200
_MAX_URN = 255
#: Digits that no national number has.
_LONG = 12
#: Schemes of URNs that no channel writes to.
_NO_CHANNEL = {"test", "ext", ""}

UNKNOWN = _("This contact is not known here any more. Search again.")
NO_ADDRESS = _("This contact has no address that the engine could write to.")
NOT_READ = _(
    "Write a phone number with its country code, such as +55 11 91234-5678, or an address such as telegram:123."
)


@dataclass(frozen=True)
class Person:
    """Somebody to write to; see ``Start`` for the fields."""

    contact: Contact | None = None
    engine_contact: str = ""
    urn: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """The key of the person, whatever is known of them."""
        if self.contact is not None:
            return f"contact:{self.contact.main_id}"
        keys = contact_keys(self.urn, "")
        return keys.number or keys.address or f"engine:{self.engine_contact}"

    @property
    def label(self) -> str:
        """The name, else the address, else the engine's id."""
        return self.name or self.urn.partition(":")[2] or self.engine_contact


@dataclass(frozen=True)
class Offer:
    """A person that a search found: what stands for them in a form, and how they are shown."""

    value: str
    label: str
    detail: str
    is_new: bool = False


@dataclass(frozen=True)
class Offers:
    """What a search found. ``trouble``: why the engine's contacts are missing, in words."""

    found: list[Offer]
    trouble: str = ""


def search(member: Member, engine: Engine, scheme: str, text: str) -> Offers:
    """Return the people that a text finds: contacts of tickets that the member sees, the engine's, and the number or
    address itself if nobody has it."""
    contacts = _ours(member, text)
    offers = [_offer_of(contact) for contact in contacts]
    shown = {contact.external_id for contact in contacts}
    typed = urn_of(text, scheme)
    trouble, engines = "", []
    try:
        engines = _engines(engine, text, typed)
    except EngineFailed as failure:
        trouble = str(failure.sentence)
    keys = {key for contact in contacts for key in contact.keys.given}
    for one in engines:
        here = contact_keys(one.urn, "").given
        if one.uuid not in shown and one.is_reachable and not keys & set(here):
            offers.append(Offer(f"engine:{one.uuid}", one.name or one.urn, one.urn))
            keys |= set(here)
    if typed and not keys & set(contact_keys(typed, "").given):
        offers.append(Offer(f"urn:{typed}", typed.partition(":")[2], typed.partition(":")[0], is_new=True))
    return Offers(offers, trouble)


def urn_of(text: str, scheme: str) -> str:
    """Return the URN of a phone number with its country code, or of ``scheme:path``; empty if the text is neither.

    ``scheme``: of a phone number (``NumberScheme``). The number is written in one form (``canonical_number``).
    """
    # Numbers that are copied from other programs often come with invisible marks.
    text = "".join(char for char in text if unicodedata.category(char) != "Cf").strip()
    written, _colon, path = urn_path(text).partition(":")
    if path and re.fullmatch(r"[a-z]{2,20}", written):
        if written in NumberScheme.values:
            return _number_urn(canonical_number(path if path.startswith("+") else f"+{path}"), written)
        return "" if written in _NO_CHANNEL or len(text) > _MAX_URN else f"{written}:{path}"
    digits = digits_of_number(text)
    # So long, it has a country code although the sign is missing; shorter ones could be national.
    is_whole = len(digits) >= _LONG and not text.startswith(("+", "0"))
    return _number_urn(canonical_number(f"+{digits}" if is_whole else text), scheme)


def _number_urn(number: str, scheme: str) -> str:
    """Return the URN of a number in E.164; empty without one, and for an extension, to which nothing can be sent."""
    if not number or ";" in number:
        return ""
    return f"whatsapp:{number.removeprefix('+')}" if scheme == NumberScheme.WHATSAPP else f"tel:{number}"


def _ours(member: Member, text: str) -> list[Contact]:
    if len(text) < SHORTEST:
        return []
    tickets = Ticket.objects.visible_to(member).filter(contact_like(member, text), is_anon=False)
    found: dict[UUID, Contact] = {}
    for ticket in tickets.select_related("contact").order_by("-opened_at", "-pk")[: MAX_OFFERED * 10]:
        if can_be_written_to(ticket.contact):
            found.setdefault(ticket.main_contact_id, ticket.contact)
    return list(found.values())[:MAX_OFFERED]


def can_be_written_to(contact: Contact) -> bool:
    """Whether the engine knows the contact by its id or could write to their address."""
    return bool(_engine_id(contact) or _own_urn(contact))


def _engine_id(contact: Contact) -> str:
    """Return the engine's id of a contact; empty if a script has given it another one."""
    known = parse_uuid(contact.external_id)
    return str(known) if known and not contact.urn.startswith("test:") else ""


def _own_urn(contact: Contact) -> str:
    scheme, _colon, path = contact.urn.partition(":")
    return contact.urn if path and scheme not in _NO_CHANNEL else ""


def _offer_of(contact: Contact) -> Offer:
    return Offer(f"contact:{contact.pk}", str(contact), contact.urn_to_show if contact.name else "")


def _engines(engine: Engine, text: str, typed: str) -> list[EngineContact]:
    """Return contacts of the engine. It may not know how to search, and then answers with any: those are left out."""
    if typed:
        found = engine.contacts(urn=typed)
        return found or engine.contacts(urn=_other_scheme(typed)) if _other_scheme(typed) else found
    if len(text) < SHORTEST:
        return []
    words = text.casefold()
    return [one for one in engine.contacts(search=text) if words in f"{one.name} {one.urn}".casefold()][:MAX_OFFERED]


def _other_scheme(urn: str) -> str:
    scheme, _colon, path = urn.partition(":")
    if scheme == NumberScheme.WHATSAPP:
        return f"tel:+{path}"
    return f"whatsapp:{path.removeprefix('+')}" if scheme == NumberScheme.TEL else ""


def person_of(member: Member, engine: Engine, value: str) -> Person:
    """Return the person that the value of an ``Offer`` stands for. Raises Invalid, EngineFailed."""
    kind, _colon, key = value.partition(":")
    if kind == "contact":
        return person_of_contact(member, parse_uuid(key))
    if kind == "engine" and parse_uuid(key):
        found = engine.contacts(uuid=key)
        if not found or found[0].uuid != key:
            raise Invalid(UNKNOWN, field="person")
        one = found[0]
        return _with_contact(member.project, Person(None, one.uuid, one.urn, one.name))
    if kind == "urn" and (urn := urn_of(key, NumberScheme.TEL)):
        return _with_contact(member.project, Person(urn=urn))
    raise Invalid(_("Choose to whom to write."), field="person")


def offer_of(member: Member, engine: Engine, value: str) -> Offer | None:
    """Return somebody chosen before as they are offered; None if nobody is found under the value any more."""
    try:
        person = person_of(member, engine, value)
    except (Invalid, EngineFailed):
        return None
    is_new = value.startswith("urn:") and person.contact is None
    if is_new:
        return Offer(value, person.label, person.urn.partition(":")[0], is_new=True)
    return Offer(value, person.label, person.urn if person.name else "")


def person_of_contact(member: Member, contact: UUID | None) -> Person:
    """Return a contact of a ticket that the member sees, as a person to write to. Raises Invalid."""
    found = Contact.objects.filter(pk=contact, project=member.project).first() if contact else None
    if found is None:
        raise Invalid(UNKNOWN, field="person")
    seen = Ticket.objects.visible_to(member).filter(contact__main=found.main_id)
    if not (member.sees_whole_project or seen.exists()):
        raise Invalid(UNKNOWN, field="person")
    person = _known(found)
    if not (person.engine_contact or person.urn):
        raise Invalid(NO_ADDRESS, field="person")
    return person


def _known(contact: Contact) -> Person:
    urn = "" if contact.is_hidden else _own_urn(contact)
    return Person(contact, _engine_id(contact), urn, contact.name)


def _with_contact(project: Project, person: Person) -> Person:
    [found] = with_contacts(project, [person])
    return found


def with_contacts(project: Project, people: Iterable[Person]) -> list[Person]:
    """Return the people with the contacts that they are here, found by the engine's id, address or number. Two
    queries."""
    people = list(people)
    ids = [person.engine_contact for person in people if person.engine_contact]
    keys = {key for person in people for key in contact_keys(person.urn, "").given}
    rows = Contact.objects.filter(project=project)
    by_id = {row.external_id: row for row in rows.filter(external_id__in=ids)}
    by_key: dict[str, Contact] = {}
    # Not by OR: each key has an index.
    same = rows.filter(address_key__in=keys).union(rows.filter(number_key__in=keys), all=True) if keys else []
    for row in sorted(same, key=lambda row: row.modified_at):
        by_key |= dict.fromkeys(row.keys.given, row)

    def known(person: Person) -> Person:
        here = by_id.get(person.engine_contact)
        for key in contact_keys(person.urn, "").given:
            here = here or by_key.get(key)
        return replace(person, contact=here, name=person.name or (here.name if here else "")) if here else person

    return [known(person) for person in people]


@dataclass(frozen=True)
class Line:
    """A line of a paste that can't be read: its number from 1, its text, and why."""

    number: int
    text: str
    why: Any


def people_in(project: Project, pasted: str, scheme: str) -> tuple[list[Person], list[Line]]:
    """Return the people of a paste, one a line (a number or an address, with a name before or after it), each once;
    and the lines that can't be read."""
    people: dict[str, Person] = {}
    unread: list[Line] = []
    for number, text in enumerate(pasted.replace("\x00", "").splitlines(), 1):
        if not text.strip():
            continue
        person = _person_in(text, scheme)
        if person is None:
            unread.append(Line(number, text.strip()[:100], NOT_READ))
        else:
            people.setdefault(person.key, person)
    found = with_contacts(project, people.values())
    return list({person.key: person for person in found}.values()), unread


def _person_in(text: str, scheme: str) -> Person | None:
    parts = [part.strip().strip('"') for part in re.split(r"[;,\t]", text)]
    for part in parts:
        if urn := urn_of(part, scheme):
            names = [one for one in parts if one and one != part]
            return Person(urn=urn, name=names[0][:255] if names else "")
    return None
