"""Whom to write to: contacts we know, contacts of the engine, numbers and addresses that are typed."""

import re
import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from core.errors import Invalid
from core.http import parse_uuid
from core.phone_numbers import canonical_number, digits_of_number, number_pattern
from core.text import matches
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
_MAX_URN = 255
#: Categories of characters that are in no address: controls, lone surrogates, line and paragraph separators.
_UNWRITABLE = {"Cc", "Cs", "Zl", "Zp"}
#: Digits that no national number has.
_LONG = 12
#: Schemes of URNs that no channel writes to.
_NO_CHANNEL = {"test", "ext", ""}

UNKNOWN = _("This contact is not known here any more. Search again.")
NO_ADDRESS = _("This contact has no address that the engine could write to.")


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
    """A person that a search found: what stands for them in a form, and how they are shown. ``is_busy``: they are in
    a conversation."""

    value: str
    label: str
    detail: str
    is_new: bool = False
    is_busy: bool = False


@dataclass(frozen=True)
class Offers:
    """What a search found. ``trouble``: why the engine's contacts are missing, in words."""

    found: list[Offer]
    trouble: str = ""


def search(member: Member, engine: Engine, scheme: str, text: str) -> Offers:
    """Return the people that a text finds: contacts of tickets that the member sees, the engine's, and the number or
    address itself if nobody has it. Of the engine's contacts those are left out that are anonymous here."""
    contacts = _ours(member, text)
    busy = set(open_tickets(member.project, [c.main_id for c in contacts]).values_list("main_contact", flat=True))
    offers = [_offer_of(contact, is_busy=contact.main_id in busy) for contact in contacts]
    shown = {contact.external_id for contact in contacts}
    typed = urn_of(text, scheme)
    trouble, engines = "", []
    try:
        engines = _engines(engine, text, typed)
    except EngineFailed as failure:
        trouble = str(failure.sentence)
    keys = {key for contact in contacts for key in contact.keys.given}
    ids = Contact.objects.filter(project=member.project, external_id__in=[one.uuid for one in engines])
    hidden = set(ids.filter(is_hidden=True).values_list("external_id", flat=True))
    for one in engines:
        if one.uuid in hidden:
            continue
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
    if any(unicodedata.category(char) in _UNWRITABLE for char in text):
        return ""
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


def _offer_of(contact: Contact, *, is_busy: bool) -> Offer:
    detail = contact.urn_to_show if contact.name else ""
    return Offer(f"contact:{contact.pk}", str(contact), detail, is_busy=is_busy)


def _engines(engine: Engine, text: str, typed: str) -> list[EngineContact]:
    """Return contacts of the engine. It may not know how to search, and then answers with any: those are left out."""
    if typed:
        found = [one for one in engine.contacts(urn=typed) if one.has(typed)]
        if not found and (other := _other_scheme(typed)):
            found = [one for one in engine.contacts(urn=other) if one.has(other)]
        return found
    if len(text) < SHORTEST:
        return []
    found = engine.contacts(search=text)
    pattern = number_pattern(text)
    named = matches(text, [f"{one.name} {one.urn}" for one in found])
    numbered = [bool(pattern and re.search(pattern.replace(r"\m", r"\b"), one.urn)) for one in found]
    return [one for one, *hits in zip(found, named, numbered, strict=True) if any(hits)][:MAX_OFFERED]


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
        return _with_contact(member, Person(None, one.uuid, one.urn, one.name))
    if kind == "urn" and (urn := urn_of(key, NumberScheme.TEL)):
        return _with_contact(member, Person(urn=urn))
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
    # Of contacts joined with it, an anonymous one shows nothing of the others.
    seen = Ticket.objects.visible_to(member).filter(Q(contact=found) | Q(contact__main=found.main_id, is_anon=False))
    if not (member.sees_whole_project or seen.exists()):
        raise Invalid(UNKNOWN, field="person")
    person = _known(found)
    if not (person.engine_contact or person.urn):
        raise Invalid(NO_ADDRESS, field="person")
    return person


def _known(contact: Contact) -> Person:
    urn = "" if contact.is_hidden else _own_urn(contact)
    return Person(contact, _engine_id(contact), urn, contact.name)


def _with_contact(member: Member, person: Person) -> Person:
    [found] = with_contacts(member, [person])
    return found


def with_contacts(member: Member, people: Iterable[Person]) -> list[Person]:
    """Return the people with the contacts that they are here, found by the engine's id, address or number.

    A name is taken over only from contacts of tickets that the member sees; of an anonymous contact the address is
    left out. Three queries, whatever their number.
    """
    people = list(people)
    found = contacts_of(member.project, people)
    mains = {contact.main_id for contacts in found for contact in contacts}
    seen = _seen_by(member, mains)

    def known(person: Person, contacts: list[Contact]) -> Person:
        if not contacts:
            return person
        here = contacts[0]
        name = person.name or (here.name if here.main_id in seen and not here.is_hidden else "")
        urn = "" if here.is_hidden and person.engine_contact else person.urn
        return replace(person, contact=here, name=name, urn=urn)

    return [known(person, contacts) for person, contacts in zip(people, found, strict=True)]


def _seen_by(member: Member, mains: Collection[UUID]) -> set[UUID]:
    """Return those of the people, named by their main contacts, of whom the member sees a ticket."""
    if not mains:
        return set()
    tickets = Ticket.objects.visible_to(member).filter(main_contact__in=mains, is_anon=False)
    return set(tickets.order_by().values_list("main_contact", flat=True).distinct())


def contacts_of(project: Project, people: Sequence[Person]) -> list[list[Contact]]:
    """Return, for each of the people, every contact that is them: by the engine's id, else the newest with the
    address or number first. Two queries."""
    ids = [person.engine_contact for person in people if person.engine_contact]
    keys = {key for person in people for key in contact_keys(person.urn, "").given}
    rows = Contact.objects.filter(project=project)
    by_id = {row.external_id: row for row in rows.filter(external_id__in=ids)} if ids else {}
    by_key: dict[str, list[Contact]] = {}
    # Not by OR: each key has an index.
    same = rows.filter(address_key__in=keys).union(rows.filter(number_key__in=keys)) if keys else []
    for row in sorted(same, key=lambda row: row.modified_at, reverse=True):
        for key in row.keys.given:
            by_key.setdefault(key, []).append(row)

    def of(person: Person) -> list[Contact]:
        contacts = [person.contact] if person.contact is not None else []
        contacts += [by_id[person.engine_contact]] if person.engine_contact in by_id else []
        for key in contact_keys(person.urn, "").given:
            contacts += by_key.get(key, [])
        return list({contact.pk: contact for contact in contacts}.values())

    return [of(person) for person in people]


def open_tickets(project: Project, people: Collection[UUID]) -> QuerySet[Ticket]:
    """Return the open tickets of people, named by their main contacts."""
    return Ticket.objects.open().filter(project=project, main_contact__in=people)
