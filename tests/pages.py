"""A browser's requests to the pages that set a desk up, without a browser."""

import re
from html import unescape
from typing import Any

from django.test import Client
from django.urls import reverse

from orgs.models import Project, User

#: What people and programs send where a name or a number is asked for; none may break a page.
NASTY = ["", " ", "\x00", "a\x00b", "x" * 1_000_000, "é" * 81, "<b>", "-1", "1e9", "NaN", "[]", "٣", "\u200b\u202e"]


class Pages:
    """A signed-in person (or a stranger: None) on the pages of a project."""

    def __init__(self, user: User | None, project: Project | None = None) -> None:
        self.project = project
        self.client = Client()
        if user is not None:
            self.client.force_login(user)
            if project is not None:
                has_opened(self.client, project)

    def url(self, page: str, /, *more: Any) -> str:
        """Return an address of the project: ``sectors:detail`` and the keys after the project's."""
        assert self.project is not None
        return reverse(page, args=[self.project.pk, *more])

    def get(self, page: str, /, *more: Any, **query: Any) -> Any:
        """Fetch a page of the project."""
        return self.client.get(self.url(page, *more), query)

    def post(self, page: str, /, *more: Any, **data: Any) -> Any:
        """Send a form of a page of the project."""
        return self.client.post(self.url(page, *more), data)

    def typed(self, name: str, *more: Any) -> dict[str, Any]:
        """Return what the page's main form would send as it stands: the fields of its last form with a token."""
        return fields_of(self.get(name, *more).content.decode())


def has_opened(client: Client, project: Project) -> None:
    """Let somebody signed in have opened the project before: only the first page of it is remembered."""
    session = client.session
    session["project"] = str(project.pk)
    session.save()


def text_of(response: Any) -> str:
    """Return what a page says, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def said(response: Any) -> list[str]:
    """Return the toasts that the next page shows."""
    return [str(message) for message in response.wsgi_request._messages]


def undo_of(response: Any) -> str:
    """Return where the toast of the next page posts to when what was done is undone."""
    return "".join(message.extra_tags for message in response.wsgi_request._messages)


def fields_of(markup: str) -> dict[str, Any]:
    """Return the fields of a page's last form, as a browser would send them."""
    form = [form for form in re.findall(r"<form.*?</form>", markup, re.S) if "csrfmiddlewaretoken" in form][-1]
    form = re.sub(r"<template.*?</template>|<noscript>.*?</noscript>", "", form, flags=re.S)
    data: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        empty = "on" if attributes.get("type") == "checkbox" else ""
        if attributes.get("type") in {"checkbox", "radio"} and " checked" not in tag:
            continue
        if "name" in attributes and attributes["name"] != "csrfmiddlewaretoken":
            data.setdefault(attributes["name"], []).append(unescape(attributes.get("value", empty)))
    for name, text in re.findall(r"<textarea[^>]*name=\"([\w-]+)\"[^>]*>(.*?)</textarea>", form, re.S):
        data[name] = [unescape(text).removeprefix("\n")]
    for name, options in re.findall(r"<select[^>]*name=\"([\w-]+)\"[^>]*>(.*?)</select>", form, re.S):
        chosen = re.findall(r'<option value="([^"]*)" selected', options)
        if chosen:
            data[name] = chosen
    return data
