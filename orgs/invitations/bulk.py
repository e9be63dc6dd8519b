"""Add or invite several people at once: one transaction each, then the e-mails (docs/rules.md, Invitations)."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.errors import DomainError
from core.pasted_addresses import ParsedAddresses, Rejected
from core.person_names import PersonName
from orgs import operations
from orgs.access import Actor, Member
from orgs.models import Invitation, Organization, OrganizationMembership, Project, ProjectMembership

from .mail import SendResult, said_of, send_invitations

#: Outcomes that need no correction: the person is a member, or invited.
ADDED, INVITED, MEMBER, ASKED = "added", "invited", "already_member", "already_invited"
#: The open invitation of the address opens the project too.
EXTENDED = "invitation_extended"
_FINE = {ADDED, INVITED, MEMBER, ASKED, EXTENDED}
INVALID = "invalid"

Added = tuple[OrganizationMembership | ProjectMembership | None, Invitation | None, str]


@dataclass(frozen=True)
class Outcome:
    """The result for one address.

    ``status`` is one of the constants above or the code of a domain error; ``sentence`` explains it; ``mailed`` is
    False if the invitation's e-mail failed, None if it has yet to be sent.
    """

    email: str
    status: str
    sentence: str = ""
    invitation: Invitation | None = None
    mailed: bool | None = True
    name: PersonName = field(default_factory=PersonName)

    @property
    def as_pasted(self) -> str:
        """Return the address with the name that stood beside it, to be sent again."""
        return f"{self.name.full} <{self.email}>" if any(self.name) else self.email


@dataclass(frozen=True)
class Outcomes:
    """The results for all addresses, in order; rejected pieces come last."""

    each: list[Outcome]

    def of(self, *statuses: str) -> list[Outcome]:
        """Return the outcomes with one of the statuses."""
        return [outcome for outcome in self.each if outcome.status in statuses]

    @property
    def to_mend(self) -> list[Outcome]:
        """Return the outcomes to correct before they can be submitted again."""
        return [outcome for outcome in self.each if outcome.status not in _FINE]

    @property
    def unsent(self) -> list[Outcome]:
        """Return the invitations that were created but whose e-mail failed."""
        return [outcome for outcome in self.each if outcome.mailed is False]

    @property
    def note(self) -> str:
        """Return how many e-mails are still being sent; empty if none."""
        later = sum(outcome.mailed is None for outcome in self.each)
        if not later:
            return ""
        return ngettext(
            "%(n)d e-mail is still being sent. Until it is, its invitation is marked below.",
            "%(n)d e-mails are still being sent. Until they are, their invitations are marked below.",
            later,
        ) % {"n": later}

    @property
    def summary(self) -> str:
        """Return a line such as "3 added, 2 invited, 1 already a member, 2 to mend"; for one address, a sentence."""
        if len(self.each) == 1:
            return self.each[0].sentence
        count = Counter(outcome.status for outcome in self.each)
        parts = [
            (count[ADDED], ngettext("%(n)d added", "%(n)d added", count[ADDED])),
            (count[INVITED], ngettext("%(n)d invited", "%(n)d invited", count[INVITED])),
            (
                count[EXTENDED],
                ngettext("%(n)d invitation extended", "%(n)d invitations extended", count[EXTENDED]),
            ),
            (count[MEMBER], ngettext("%(n)d already a member", "%(n)d already members", count[MEMBER])),
            (count[ASKED], ngettext("%(n)d already invited", "%(n)d already invited", count[ASKED])),
            (count[INVALID], ngettext("%(n)d invalid", "%(n)d invalid", count[INVALID])),
        ]
        refused = len(self.to_mend) - count[INVALID]
        parts.append((refused, ngettext("%(n)d refused", "%(n)d refused", refused)))
        return ", ".join(text % {"n": n} for n, text in parts if n) + "."

    @property
    def warning(self) -> str:
        """Return what to do about failed e-mails; empty if none failed."""
        unsent = self.unsent
        if not unsent:
            return ""
        if len(unsent) == 1:
            return _("The invitation for %(email)s could not be mailed. It is kept: send it again later.") % {
                "email": unsent[0].email
            }
        return ngettext(
            "%(n)d invitation could not be mailed. It is kept below: send it again once the mail server works.",
            "%(n)d invitations could not be mailed. They are kept below: send them again once the mail server works.",
            len(unsent),
        ) % {"n": len(unsent)}


def to_organization(
    organization: Organization,
    pasted: ParsedAddresses,
    role: str,
    *,
    by: Actor,
    project: Project | None = None,
    project_role: str = "",
) -> Outcomes:
    """Add or invite each address to an organization, and to one of its projects if given.

    Existing members of the organization are added to the project too. Errors are reported per address, not raised.
    """

    def add(email: str, name: PersonName) -> Added:
        try:
            return operations.add_by_email(
                organization, email, role, by=by, project=project, project_role=project_role, name=name
            )
        except DomainError as error:
            if project is None or error.code != MEMBER:
                raise
            return operations.add_to_project_by_email(project, email, project_role, by=by, may_invite=True)

    return _all(pasted, add, by, project)


def to_project(member: Member, pasted: ParsedAddresses, role: str, *, by: Actor) -> Outcomes:
    """Add each address to a project; people outside its organization only if ``member`` may change that too."""

    def add(email: str, name: PersonName) -> Added:
        may_invite = member.administers_organization
        return operations.add_to_project_by_email(
            member.project, email, role, by=by, may_invite=may_invite, name=name
        )

    return _all(pasted, add, by, member.project)


def resend(invitation: Invitation, *, by: Actor) -> bool:
    """Send an open invitation again with a new link; returns whether the e-mail was sent. Raises
    InvitationUnusable."""
    secret = operations.renew(invitation, by=by)
    return bool(send_invitations([(invitation, secret)], inviter_of(by)).left)


def inviter_of(by: Actor) -> str:
    """Return the inviter's name for the e-mail; empty for an API token."""
    return by.user.name if by.user else ""


def _all(
    pasted: ParsedAddresses, add: Callable[[str, PersonName], Added], by: Actor, project: Project | None
) -> Outcomes:
    found: list[Outcome] = []
    emails: list[tuple[Invitation, str]] = []
    for email in pasted.addresses:
        name = pasted.name_of(email)
        try:
            _membership, invitation, secret = add(email, name)
        except DomainError as error:
            found.append(Outcome(email, error.code, str(error), name=name))
            continue
        if invitation is None:
            found.append(Outcome(email, ADDED, _("%(email)s is a member now.") % {"email": email}))
        elif not secret:
            sentence = _("%(email)s is invited already; the invitation opens %(project)s too now.")
            told = sentence % {"email": email, "project": project.name if project else ""}
            found.append(Outcome(email, EXTENDED, told, invitation))
        else:
            emails.append((invitation, secret))
            found.append(Outcome(email, INVITED, said_of(email), invitation))
    sending = send_invitations(emails, inviter_of(by))
    return Outcomes([*_with_mail_results(found, sending), *_of_wrong(pasted.wrong)])


def _with_mail_results(found: Sequence[Outcome], sending: SendResult) -> list[Outcome]:
    mailed = dict.fromkeys((invitation.pk for invitation in sending.refused), False)
    later = {invitation.pk for invitation in sending.later}

    def told(one: Outcome) -> Outcome:
        if one.invitation is None or one.invitation.pk not in mailed.keys() | later:
            return one
        sentence = _("%(email)s is invited.") % {"email": one.email}
        return replace(one, mailed=mailed.get(one.invitation.pk), sentence=sentence)

    return [told(one) for one in found]


def _of_wrong(wrong: Sequence[Rejected]) -> list[Outcome]:
    return [Outcome(one.text, INVALID, one.why) for one in wrong]
