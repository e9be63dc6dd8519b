"""Tags: the labels of a sector that closing a ticket asks for."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from orgs.errors import constraint_says
from orgs.ids import uuid7
from orgs.models import ArchivableQuerySet
from orgs.text import Fold
from sectors.models import Sector

if TYPE_CHECKING:
    from orgs.access import Member

NAME_LENGTH = 60


class TagQuerySet(ArchivableQuerySet):
    """Questions about tags."""

    def choosable(self) -> Self:
        """Those an agent may choose when closing: not archived, not the one of the flow's own closing."""
        return self.live().filter(closed_by_flow=False)

    def visible_to(self, member: "Member") -> Self:
        """Tags of the sectors that the member sees."""
        return self.filter(sector__in=Sector.objects.visible_to(member))


class Tag(models.Model):
    """A label of a sector. Names are unique in the sector whatever their case and accents."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    sector = models.ForeignKey(Sector, models.PROTECT, related_name="tags")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    position = models.PositiveIntegerField(default=0)
    closed_by_flow = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now)
    modified_at = models.DateTimeField(auto_now=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    objects = TagQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name"]
        constraints: ClassVar = [
            models.UniqueConstraint("sector", Fold("name"), name="tag_name_once_per_sector"),
            models.UniqueConstraint(fields=["sector", "id"], name="tag_in_sector"),
            models.UniqueConstraint(fields=["sector"], condition=Q(closed_by_flow=True), name="tag_one_for_the_flow"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


constraint_says(
    "tag_name_once_per_sector",
    "tag_name_taken",
    _("The sector already has a tag of this name (archived ones count: restore it instead)."),
    field="name",
)
