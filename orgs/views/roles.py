"""The page of roles and permissions."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from orgs.access import SignedInRequest, signed_in
from orgs.access.role_table import tables


@require_GET
@signed_in
def roles(request: SignedInRequest) -> HttpResponse:
    """Show the table of permissions, the same for everybody."""
    return render(request, "orgs/roles.html", {"tables": tables()})
