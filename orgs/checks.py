"""System checks: every page, API action and live topic states its rule of access (docs/rules.md, Access)."""

import ast
import inspect
import sys
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.urls import URLPattern, URLResolver, get_resolver
from django.views.generic import RedirectView

from core.hooks import Hook
from live import publish, topics

#: Libraries that control access themselves: sign-in (open to anonymous visitors) and the admin (staff only). Listed
#: by module, so that none of our own views is exempted by accident.
TRUSTED_MODULES = (
    "allauth.",
    "django.contrib.admin.",
    "django.contrib.contenttypes.",
    "django.views.i18n",
)


def all_patterns(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every URL pattern of the program with its full path."""
    for pattern in (resolver or get_resolver()).url_patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from all_patterns(pattern, path)
        else:
            yield path, pattern


def rule_of(callback: Any) -> str | None:
    """Return a view's stated rule, ``trusted`` for a library's, ``redirect`` for a bare redirect, or None."""
    for holder in (callback, getattr(callback, "view_class", None)):
        rule = getattr(holder, "access_rule", None)
        if rule:
            return str(rule)
    if getattr(callback, "view_class", None) is RedirectView:
        return "redirect"
    module = getattr(getattr(callback, "view_class", callback), "__module__", "") or ""
    return "trusted" if module.startswith(TRUSTED_MODULES) else None


@register(Tags.security)
def every_view_states_its_rule(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: each URL's view states a rule; an API viewset states one for each action."""
    return list(unstated(all_patterns()))


def unstated(patterns: Iterable[tuple[str, Any]]) -> Iterator[CheckMessage]:
    """Yield an error for each page, and each viewset action, that states no rule."""
    for path, pattern in patterns:
        if hasattr(pattern.callback, "cls"):
            yield from _unstated_actions(path, pattern.callback)
        elif rule_of(pattern.callback) is None:
            yield Error(
                f"{path} states no rule of access.",
                hint="Decorate the view with requires(Member.may_…), organization_requires, signed_in or public.",
                obj=pattern.callback,
                id="orgs.E001",
            )


def _unstated_actions(path: str, callback: Any) -> Iterator[CheckMessage]:
    # Imported here because API views can be loaded only once all apps are.
    from orgs.api.base import ApiViewSet, rules_of

    view = callback.cls
    if not issubclass(view, ApiViewSet) or view.get_permissions is not ApiViewSet.get_permissions:
        yield Error(
            f"{path}: {view.__name__} is not checked against its rules.",
            hint="Make it a RestViewSet, Project- or OrganizationScopedViewSet, and leave get_permissions alone.",
            obj=view,
            id="orgs.E002",
        )
        return
    kinds = (kind.__dict__ for kind in view.__mro__ if issubclass(kind, ApiViewSet))
    if any("permission_classes" in given for given in (callback.initkwargs, *kinds)):
        yield Error(
            f"{path}: {view.__name__} sets permission_classes, which have no effect.",
            hint='State them action by action: rules = {"list": TheClass}.',
            obj=view,
            id="orgs.E002",
        )
    for method, action in sorted(callback.actions.items()):
        if action not in rules_of(view):
            yield Error(
                f"{method.upper()} {path} states no rule of access.",
                hint=f'Add the action to rules of {view.__name__}: {{"{action}": Member.may_…}}.',
                obj=view,
                id="orgs.E002",
            )


@register
def every_hook_is_answered(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: each hook has an implementation in an app above."""
    return [
        Error(
            f"{hook.name} is answered by no app.",
            hint="Decorate its implementation in an app above with answer(), and import that in the app's ready().",
            id="orgs.E006",
        )
        for hook in Hook.declared
        if not hook.is_answered
    ]


@register(Tags.security)
def identity_provider_is_usable(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: a configured identity provider uses https and has a client id."""
    if not settings.OIDC_ISSUER:
        return []
    found: list[CheckMessage] = []
    address = urlsplit(settings.OIDC_ISSUER)
    if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1", "::1"}:
        found.append(
            Error("OIDC_ISSUER is not an https:// URL.", hint="Set it to the issuer's https:// URL.", id="orgs.E004")
        )
    if not settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["client_id"]:
        hint = "Set it to the client id that the provider issued for this program."
        found.append(Error("OIDC_ISSUER is set and OIDC_CLIENT_ID is not.", hint=hint, id="orgs.E005"))
    return found


@register(Tags.security)
def proxies_are_counted(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: with an https ORIGIN there is a proxy that ends TLS, which TRUSTED_PROXIES has to count."""
    if not settings.ORIGIN.startswith("https://") or settings.TRUSTED_PROXIES > settings.OWN_PROXIES:
        return []
    return [
        Warning(
            "ORIGIN is an https:// address, so a proxy is before the program, but TRUSTED_PROXIES is 0.",
            hint="Set it to the number of proxies that add to X-Forwarded-For: without it all people share one "
            "address in the throttles of signing in (docs/operations.md, Behind a proxy).",
            id="orgs.W001",
        )
    ]


@register(Tags.security)
def every_topic_states_its_rule(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """System check: code publishes only to topics of a kind that states who may follow it."""
    modules = [module for module in list(sys.modules.values()) if getattr(module, "publish", None) is publish]
    return [
        Error(
            f"{module.__name__} publishes to {kind!r}, a kind of topic without a rule of access.",
            hint="Declare the kind with live.topics.topic, and name topics with it.",
            obj=module,
            id="orgs.E003",
        )
        for module in modules
        if module.__name__ != "live"
        for kind in sorted(written_kinds(module) - set(topics.KINDS))
    ]


def written_kinds(module: ModuleType) -> set[str]:
    """Return the topic kinds that a module publishes to: the part before the colon of each literal."""
    try:
        tree = ast.parse(inspect.getsource(module))
    except (OSError, TypeError):
        return set()
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _name(node.func) == "publish"]
    texts = [
        part.value
        for call in calls
        for argument in call.args[:1]
        for part in ast.walk(argument)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    ]
    return {topics.kind_of(text) for text in texts if text.strip(":")}


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
