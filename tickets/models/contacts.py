"""Contacts, and which of them are the same person (docs/rules.md, Contacts)."""

from functools import reduce
from operator import and_
from typing import Any, ClassVar, Self

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Cast, Concat
from django.db.models.lookups import Regex
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.errors import register_constraint
from core.models import UUIDModel
from core.phone_numbers import number_pattern, terms_of
from core.text import Digits, Fold, FoldedTogether, holds_words
from orgs.models import Project
from tickets import errors
from tickets.contact_keys import ADDRESS_LENGTH, NUMBER_LENGTH, ContactKeys

#: What stands for the name of an erased contact.
ERASED_CONTACT = _("Erased contact")


class JoinReason(models.TextChoices):
    """Why a contact was joined with another."""

    ADDRESS = "address", _("Same address")
    NUMBER = "number", _("Same phone number")
    HAND = "hand", _("Merged by hand")


#: What contacts are found by: their names, and, unless they are anonymous, their addresses and numbers; indexed.
NAME = Fold("name")
ADDRESSES = FoldedTogether("email", "urn", "number_key", Digits("phone"))


class ContactQuerySet(models.QuerySet):
    """Contacts by what people type to find them."""

    def named(self, text: str) -> Self:
        """Contacts with every word of the text in their name."""
        return self.filter(holds_words(text, NAME))

    def matching(self, text: str) -> Self:
        """Contacts with every word of the text in their name, URN or e-mail address, or with that external id.

        Words that make up a phone number or a part of one are looked for as that, however it is written.

        An anonymous contact is found by name and external id alone, which don't reveal the address.
        """
        every = reduce(and_, (holds_words(term, NAME) | _addressed(term) for term in terms_of(text)), Q())
        return self.filter(Q(external_id=text) | every)

    def shown(self) -> Self:
        """Contacts that are not anonymous."""
        return self.filter(_SHOWN)


_SHOWN = Q(is_hidden=False)


def _addressed(term: str) -> Q:
    """Return the condition on the addresses of contacts that are not anonymous, for one of ``terms_of``."""
    found = holds_words(term, NAME, ADDRESSES)
    if pattern := number_pattern(term):
        found |= Q(Regex(ADDRESSES, Value(pattern)))
    return found & _SHOWN


#: What an erased contact's external id begins with; its own id follows.
ERASED_ID = "erased-"
#: Columns that are empty of an erased contact.
PERSONAL_TEXTS = ("name", "flow_name", "email", "phone", "urn", "urn_display", "channel", "address_key", "number_key")


class Contact(UUIDModel):
    """The person on the other side, as the flow engine knows them under one of its ids.

    Contacts of a project that are the same person are joined: they have the same ``main``, the earliest of them; its
    main is itself. Locking a main's row locks the person. ``urn`` is ``scheme:path``; what its query says is never
    stored, but for the channel (docs/rules.md, Intake). ``named_at``: when a person gave it its ``name``; what the
    flow calls it then is ``flow_name``. ``address_key``, ``number_key``: one of which the same
    person's contacts have in common (``tickets.contact_keys``). ``is_hidden``: the flow marks it as anonymous, so its
    address and number are shown to nobody. ``join_pending``: somebody else is the same person by a key, but both have
    an open ticket. ``erased_at``: when what is personal of it was erased (docs/rules.md, Erasing a contact).
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="contacts")
    external_id = models.CharField(max_length=64)
    name = models.CharField(_("name"), max_length=255, blank=True)
    flow_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    named_at = models.DateTimeField(null=True, blank=True)
    email = models.CharField(max_length=254, blank=True)
    phone = models.CharField(max_length=64, blank=True)
    urn = models.CharField("URN", max_length=255, blank=True)
    urn_display = models.CharField(max_length=255, blank=True)
    channel = models.CharField(max_length=64, blank=True)
    custom_fields = models.JSONField(default=dict, blank=True)
    groups = models.JSONField(default=list, blank=True)
    main = models.ForeignKey("self", models.PROTECT, related_name="joined")
    address_key = models.CharField(max_length=ADDRESS_LENGTH, blank=True)
    number_key = models.CharField(max_length=NUMBER_LENGTH, blank=True)
    joined_at = models.DateTimeField(null=True, blank=True)
    joined_for = models.CharField(max_length=8, choices=JoinReason.choices, blank=True)
    is_hidden = models.BooleanField(default=False)
    join_pending = models.BooleanField(default=False)
    erased_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(auto_now=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "external_id"], name="contact_once_per_project"),
            models.UniqueConstraint(fields=["project", "id"], name="contact_in_project"),
            models.UniqueConstraint(fields=["id", "main"], name="contact_with_main"),
            models.CheckConstraint(condition=~Q(external_id=""), name="contact_has_external_id"),
            models.CheckConstraint(
                condition=~Q(urn__contains="?") & ~Q(urn__contains="#"), name="contact_urn_without_query"
            ),
            models.CheckConstraint(
                condition=Q(main=F("id"), joined_at__isnull=True, joined_for="")
                | Q(~Q(main=F("id")), ~Q(joined_for=""), joined_at__isnull=False),
                name="contact_joined_has_time_and_reason",
            ),
            models.CheckConstraint(
                condition=Q(erased_at__isnull=True)
                | Q(
                    **dict.fromkeys(PERSONAL_TEXTS, ""),
                    external_id=Concat(Value(ERASED_ID), Cast("id", models.TextField())),
                    custom_fields={},
                    groups=[],
                    join_pending=False,
                ),
                name="contact_erased_is_empty",
            ),
            models.CheckConstraint(
                condition=Q(named_at__isnull=False) & ~Q(name="") | Q(named_at__isnull=True, flow_name=""),
                name="contact_flow_name_beside_own",
            ),
            CompositeForeignKey(
                fields=["project", "main"],
                to="tickets.Contact",
                to_fields=["project", "id"],
                name="contact_main_of_project",
            ),
            # The row that is named has itself as its main.
            CompositeForeignKey(
                fields=["main", "main"], to="tickets.Contact", to_fields=["id", "main"], name="contact_main_is_main"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["project", "address_key"], name="contact_address"),
            models.Index(fields=["project", "number_key"], name="contact_number"),
            models.Index(fields=["id"], condition=Q(join_pending=True), name="contact_join_pending"),
            GinIndex(OpClass(NAME, name="gin_trgm_ops"), name="contact_name_search"),
            GinIndex(OpClass(ADDRESSES, name="gin_trgm_ops"), name="contact_address_search"),
        ]

    def __str__(self) -> str:
        return str(ERASED_CONTACT) if self.is_erased else self.name or self.urn_to_show or self.external_id

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save the contact; its main is itself unless another is given."""
        if self.main_id is None:
            self.main_id = self.pk
        super().save(*args, **kwargs)

    @property
    def keys(self) -> ContactKeys:
        """The keys as they are stored."""
        return ContactKeys(self.address_key, self.number_key)

    @property
    def is_erased(self) -> bool:
        return self.erased_at is not None

    @property
    def is_joined(self) -> bool:
        """Whether it is joined with an earlier contact."""
        return self.main_id != self.pk

    @property
    def urn_to_show(self) -> str:
        """The URN, or empty for an anonymous contact."""
        return "" if self.is_hidden else self.urn

    @property
    def phone_to_show(self) -> str:
        """The phone number, or empty for an anonymous contact."""
        return "" if self.is_hidden else self.phone


class ContactsApart(UUIDModel):
    """Two contacts that an administrator told apart: no key joins their persons again.

    The mains are copies of the contacts' own, kept by the database, which so refuses to join them.
    """

    first = models.ForeignKey(Contact, models.CASCADE, related_name="+", db_index=False)
    second = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    first_main = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    second_main = models.ForeignKey(Contact, models.CASCADE, related_name="+")
    told_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="contacts_apart_once"),
            models.CheckConstraint(condition=~Q(first_main=F("second_main")), name="contacts_apart_not_joined"),
            *(
                CompositeForeignKey(
                    fields=[which, f"{which}_main"],
                    to="tickets.Contact",
                    to_fields=["id", "main"],
                    name=f"contacts_apart_{which}_main",
                    cascades=True,
                )
                for which in ("first", "second")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_id} {self.second_id}"


register_constraint(
    "contacts_apart_not_joined",
    "contacts_told_apart",
    _("These contacts were separated by hand. Merge them by hand to join them again."),
)
register_constraint("contact_erased_is_empty", errors.ContactErased.code, errors.ContactErased.sentence)
