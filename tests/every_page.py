"""Every page of the program: who opens it, for those who look at all of them (a test, and the set of pictures)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Page

from .browsing import AT_REST, MORE_RULES, OVER_A_PAGE, TEXTS_FIT
from .walk import parameters, routes

#: By route, who opens the page (a name of ``tests.walk.World``). A query may follow the route.
PAGES: dict[str, str] = {
    "orgs:home?all=1": "administrator",
    "orgs:profile": "agent",
    "orgs:security": "agent",
    "orgs:roles": "agent",
    "orgs:invitation": "signed_out",
    "orgs:organization_new": "administrator",
    "orgs:organization": "administrator",
    "orgs:project_new": "administrator",
    "orgs:organization_settings": "administrator",
    "orgs:project_settings": "administrator",
    "orgs:organization_members": "administrator",
    "orgs:project_home": "viewer",
    "orgs:organization_member_remove": "administrator",
    "orgs:organization_leave": "financial",
    "orgs:project_members": "administrator",
    "orgs:project_member_remove": "administrator",
    "orgs:project_leave": "agent",
    "orgs:project_tokens": "administrator",
    "orgs:project_token_new": "administrator",
    "orgs:project_audit": "administrator",
    "orgs:organization_tokens": "administrator",
    "orgs:organization_token_new": "administrator",
    "orgs:organization_audit": "administrator",
    "guide:index": "agent",
    "guide:chapter": "administrator",
    "setup:checklist": "administrator",
    "setup:sector_new": "administrator",
    "setup:sector_copy": "administrator",
    "setup:configuration": "administrator",
    "setup:connect": "administrator",
    "setup:connect?type=generic": "administrator",
    "active_messages:engine": "administrator",
    "active_messages:new": "agent",
    "active_messages:several": "agent",
    "active_messages:log": "administrator",
    "active_messages:batch": "agent",
    "tickets:callbacks": "administrator",
    "tickets:callback": "administrator",
    "tickets:callbacks_secret": "administrator",
    "sectors:list": "administrator",
    "sectors:detail": "administrator",
    "sectors:hours": "administrator",
    "sectors:limits": "administrator",
    "sectors:automatic": "administrator",
    "sectors:days?country=BR&region=SP&year=2027": "administrator",
    "sectors:day": "administrator",
    "sectors:quick": "agent",
    "sectors:sector_quick": "administrator",
    "sectors:sector_quick_message": "administrator",
    "sectors:archive": "administrator",
    "queues:list": "administrator",
    "queues:archive": "administrator",
    "queues:new": "administrator",
    "queues:detail": "administrator",
    "tags:list": "administrator",
    "tags:detail": "administrator",
    "tickets:waiting": "administrator",
    "tickets:waiting?state=active": "administrator",
    "tickets:agents": "administrator",
    "tickets:attending": "administrator",
    "queues:pauses": "administrator",
    "queues:pause": "administrator",
    "tickets:desk": "agent",
    "tickets:ticket": "agent",
    "tickets:close": "agent",
    "tickets:contact?q=contact": "administrator",
    "tickets:contact_apart": "administrator",
    "tickets:contact_erase": "administrator",
    "tickets:contact_merge": "administrator",
    "reports:history": "administrator",
    "reports:ticket": "administrator",
    "reports:print": "administrator",
    "reports:dashboard": "administrator",
    "reports:usage": "administrator",
    "api_docs": "signed_out",
}

#: Routes that answer GET with something else than a page, and why they are not looked at.
NO_PAGES: dict[str, str] = {
    "orgs:second_step": "leads on where nobody asks for it: tests/orgs/test_second_step_browser.py",
    "healthz": "a word for machines",
    "readyz": "a word for machines",
    "metrics": "figures for machines",
    "live:stream": "events",
    "generic:ticket": "data for a flow engine",
    "external_v2:room_metrics": "data for scripts",
    "orgs:session": "data for scripts",
    "orgs:photo": "a picture",
    "orgs:shared_photo": "a picture",
    "setup:start": "goes on to another page",
    "setup:configuration_export": "a file",
    "sectors:people": "data for a picker",
    "sectors:places": "data for a picker",
    "tags:choices": "data for a picker",
    "orgs:project_candidates": "data for a picker",
    "sectors:quick_message": "as a sector's, and the one at hand is nobody's own",
    "sectors:quick_export": "a file",
    "sectors:sector_quick_export": "a file",
    "sectors:quick_file": "a file",
    "sectors:quick_file_thumbnail": "a picture",
    "sectors:shared_quick_file": "a file",
    "palette:find": "a part of every page",
    "tickets:quick": "a part of the desk",
    "tickets:presence": "a part of the desk",
    "tickets:beside": "a part of the desk",
    "tickets:find": "a part of the desk",
    "tickets:colleagues": "a part of the desk",
    "tickets:mentions": "a part of every page",
    "active_messages:people": "a part of the page",
    "active_messages:flows": "a part of the page",
    "active_messages:preview": "a part of the page",
    "active_messages:batch_rows": "a part of the page",
    "sectors:hours_at": "a part of the sector's page",
    "tickets:late": "data for an alert",
    "tickets:attending_tags": "data for a picker",
    "tickets:waiting_agents": "data for a picker",
    "tickets:worklist": "a part of the desk",
    "tickets:unread": "data for notices",
    "tickets:status": "a part of the desk",
    "tickets:panes": "a part of the desk",
    "tickets:frame": "a part of the desk",
    "tickets:lines": "a part of the desk",
    "tickets:files": "a part of the desk",
    "tickets:file": "a file",
    "tickets:file_thumbnail": "a picture",
    "tickets:shared_file": "a file",
    "tickets:close_many": "a dialog of the page of lines",
    "tickets:transfer_many": "a dialog of the page of lines",
    "tickets:tags": "a part of the dialogs that ask for tags",
    "tickets:transfer": "a dialog of the desk",
    "tickets:rename": "a dialog of the desk",
    "tickets:retag": "for closed tickets, and the one at hand is open",
    "reports:export_csv": "a file",
    "reports:export_xlsx": "a file",
    "reports:choices": "data for a picker",
    "orgs:project_audit_csv": "a file",
    "orgs:organization_audit_csv": "a file",
    "reports:usage_csv": "a file",
    "reports:now": "a part of the dashboard",
    "api_schema": "a description for machines",
}

#: Pages of the sign-in library that need nothing in their address.
ACCOUNT_PAGES: dict[str, str] = {
    "account_login": "signed_out",
    "account_reset_password": "signed_out",
    "account_reset_password_done": "signed_out",
    "account_logout": "agent",
    "account_signup": "signed_out",
    "account_inactive": "signed_out",
    "account_reset_password_from_key_done": "signed_out",
    "account_email_verification_sent": "signed_out",
    "socialaccount_login_cancelled": "signed_out",
    "account_email": "agent",
    # The people of the walk have no password: the page to change it leads to this one.
    "account_set_password": "agent",
    "mfa_activate_totp": "agent",
    "mfa_add_webauthn": "agent",
    "mfa_generate_recovery_codes": "agent",
}

#: Changes the theme and waits until it is painted: colours are read from what is on the screen.
IN_THEME = """theme => new Promise((painted) => {
  document.documentElement.dataset.bsTheme = theme;
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(painted, 50)));
})"""

WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
#: The widths at which nothing may be cut off, by whether a page was loaded as on a desktop or a phone.
WIDTHS = {1440: (1920, 1440, 1366, 1024, 768), 390: (390, 360)}
#: Of the product's languages the one with the longest words.
LONGEST = "es"
#: What opens something, and how it is opened and closed again.
OPENERS = {
    "main details:not([open])": ("element => { element.open = true }", "element => { element.open = false }"),
    "[data-bs-toggle=dropdown]": (
        "element => bootstrap.Dropdown.getOrCreateInstance(element).show()",
        "element => bootstrap.Dropdown.getOrCreateInstance(element).hide()",
    ),
    "main [data-confirm]": (
        "element => element.requestSubmit ? element.requestSubmit() : element.click()",
        "() => document.querySelector('#confirm').close()",
    ),
}
#: Of several of a kind (rows of a list) the first are opened.
OPENED = 3
THEMES = ("light", "dark")


def address(route: str, things: Mapping[str, Any]) -> str:
    """Return the path of a route (with its query), its ids filled in from ``things``."""
    name, _, query = route.partition("?")
    path = next(path for known, path in routes() if known == name)
    values = {key: things["secret" if name == "orgs:invitation" else key] for key in parameters(path)}
    return reverse(name, kwargs=values) + (f"?{query}" if query else "")


def area_of(route: str) -> str:
    """Return the part of the program a route belongs to."""
    return route.split(":")[0] if ":" in route else "other"


def exists(route: str) -> bool:
    """Whether the program has such a route."""
    return any(name == route.partition("?")[0] for name, _path in routes())


@dataclass
class Look:
    """One look at a page: its size, its theme, what is wrong with it."""

    width: int
    theme: str
    faults: list[str]


class Looker:
    """Looks at pages: what the browser complains of, what axe finds, whether a text can't be read."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.axe = Axe()
        self.complaints: list[str] = []
        self.menus: set[str] = set()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._console)

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(message.text)

    def looks(self, path: str) -> Iterator[Look]:
        """Open a page as on a desktop and as on a phone; look at it in both themes, then in all widths."""
        self.complaints.clear()
        for size in (WIDE, PHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            answer = self.page.goto(path, wait_until="load")
            status = answer.status if answer else 0
            for theme in THEMES:
                self.page.evaluate(IN_THEME, theme)
                self.page.evaluate(AT_REST)
                yield Look(size["width"], theme, [*self._faults(status, theme)])
            for width in WIDTHS[size["width"]]:
                self.page.set_viewport_size({"width": width, "height": size["height"]})
                self.page.evaluate(AT_REST)
                yield Look(width, THEMES[-1], self.page.evaluate(TEXTS_FIT))
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            yield Look(size["width"], THEMES[-1], [*self._faults_of_opened()])
            self.complaints.clear()

    def _faults_of_opened(self) -> Iterator[str]:
        """Open what can be opened, one after the other, and look at each."""
        for selector, (to_open, to_close) in OPENERS.items():
            found = self.page.locator(selector).filter(visible=True)
            for opener in found.element_handles()[:OPENED]:
                # The frame's menus are the same on each page.
                menu = opener.evaluate("element => element.closest('.bar') ? element.className : ''")
                if menu and menu in self.menus:
                    continue
                self.menus.add(menu)
                opener.evaluate(to_open)
                self.page.evaluate(AT_REST)
                for fault in self._violations({"rules": OVER_A_PAGE}):
                    yield f"with {opener.evaluate('element => element.outerHTML.slice(0, 120)')} open: {fault}"
                opener.evaluate(to_close)

    def _faults(self, status: int, theme: str) -> Iterator[str]:
        if status != 200:
            yield f"answered {status}"
        yield from self.complaints
        # A theme changes colours and nothing else.
        rules: dict[str, Any] = {"rules": MORE_RULES} if theme == THEMES[0] else {"runOnly": ["color-contrast"]}
        yield from self._violations(rules)

    def _violations(self, rules: dict[str, Any]) -> Iterator[str]:
        # Of what is right only a word is brought back, not each of thousands of elements.
        options = {**rules, "resultTypes": ["violations"]}
        for violation in self.axe.run(self.page, options=options).response["violations"]:
            nodes = [(node["html"][:200], node["failureSummary"][-200:]) for node in violation["nodes"]]
            yield f"{violation['id']}: {nodes[:5]}"
