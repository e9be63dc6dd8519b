"""Closing tags of a sector."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from core.constraints import CompositeForeignKey
from core.errors import register_constraint
from core.models import ListedModel
from core.text import Fold
from orgs.access import Member
from sectors.models import Sector
from sectors.querysets import ConfigurableQuerySet

NAME_LENGTH = 60
DESCRIPTION_LENGTH = 200


class TagQuerySet(ConfigurableQuerySet):
    """Tags by use and visibility."""

    def choosable(self) -> Self:
        """Filter tags that an agent may choose when closing: not archived, not the one of closings by the flow."""
        return self.live().filter(closed_by_flow=False)

    def visible_to(self, member: Member) -> Self:
        """Filter tags of the sectors visible to the member."""
        return self.filter(sector__in=Sector.objects.visible_to(member))


class Color(models.TextChoices):
    """The colours of a tag; the style sheets define each for both themes."""

    NONE = "", _("No colour")
    RED = "red", _("Red")
    ORANGE = "orange", _("Orange")
    YELLOW = "yellow", _("Yellow")
    GREEN = "green", _("Green")
    TEAL = "teal", _("Teal")
    BLUE = "blue", _("Blue")
    PURPLE = "purple", _("Purple")
    PINK = "pink", _("Pink")
    GRAY = "gray", _("Grey")


class Tag(ListedModel):
    """A closing tag of a sector. Names are unique per sector, ignoring case and accents; except of merged ones.

    ``merged_into``: the tag, itself in use, that took over this one's tickets; a merged tag stays archived
    (``tags.triggers``, ``tickets.triggers``).
    """

    sector = models.ForeignKey(Sector, models.PROTECT, related_name="tags")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    description = models.CharField(_("description"), max_length=DESCRIPTION_LENGTH, blank=True)
    color = models.CharField(_("colour"), max_length=12, choices=Color.choices, blank=True)
    merged_into = models.ForeignKey("self", models.PROTECT, related_name="merged", null=True, blank=True)
    closed_by_flow = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TagQuerySet.as_manager()

    class Meta(ListedModel.Meta):
        constraints: ClassVar = [
            # A merged tag never comes back, so its name is free.
            models.UniqueConstraint(
                "sector", Fold("name"), condition=Q(merged_into__isnull=True), name="tag_name_once_per_sector"
            ),
            models.UniqueConstraint(fields=["sector", "id"], name="tag_in_sector"),
            models.UniqueConstraint(fields=["sector"], condition=Q(closed_by_flow=True), name="tag_one_for_the_flow"),
            models.CheckConstraint(condition=~Q(name=""), name="tag_has_name"),
            models.CheckConstraint(condition=Q(color__in=Color.values), name="tag_color_known"),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True)
                | Q(archived_at__isnull=False, closed_by_flow=False) & ~Q(merged_into=F("id")),
                name="tag_merged_is_archived",
            ),
            CompositeForeignKey(
                fields=["sector", "merged_into"],
                to="tags.Tag",
                to_fields=["sector", "id"],
                name="tag_merged_in_sector",
            ),
        ]


register_constraint(
    "tag_name_once_per_sector",
    "tag_name_taken",
    _("The sector already has a tag of this name (archived ones count: restore it instead)."),
    field="name",
)
register_constraint("tag_color_known", "unknown_color", _("Choose one of the colours."), field="color")
register_constraint(
    "tag_merged_is_archived",
    "tag_merged",
    _("This tag was merged into another one and can't be chosen any more."),
)
register_constraint("tag_merged_in_sector", "foreign_tag", _("Only tags of one sector can be merged."), field="into")
