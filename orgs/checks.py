"""A page that states no rule of access does not start (docs/rules.md, Access)."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import RedirectView

#: Libraries whose pages look after themselves: sign-in (open to strangers by nature) and the operators' admin (staff
#: only). Named by module, so that nothing of ours can slip in.
TRUSTED_MODULES = (
    "allauth.",
    "django.contrib.admin.",
    "django.contrib.contenttypes.",
    "django.views.i18n",
)


def all_patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every URL pattern of the program with its whole path."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from all_patterns(pattern, path)
        else:
            yield path, pattern


def rule_of(callback: Any) -> str | None:
    """Return the rule a view states, ``trusted`` for a library's, ``redirect`` for what shows nothing, or None."""
    for holder in (callback, getattr(callback, "view_class", None), getattr(callback, "cls", None)):
        rule = getattr(holder, "access_rule", None)
        if rule:
            return str(rule)
    if getattr(callback, "view_class", None) is RedirectView:
        return "redirect"
    module = getattr(getattr(callback, "view_class", callback), "__module__", "") or ""
    return "trusted" if module.startswith(TRUSTED_MODULES) else None


@register(Tags.security)
def every_view_states_its_rule(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: each URL's view carries ``access_rule``."""
    return [
        Error(
            f"{path} states no rule of access.",
            hint="Decorate the view with requires(Member.may_…), organization_requires, signed_in or public.",
            obj=pattern.callback,
            id="orgs.E001",
        )
        for path, pattern in all_patterns()
        if rule_of(pattern.callback) is None
    ]
