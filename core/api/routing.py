"""Routing of viewsets: URL names, and patterns of ids."""

from rest_framework.routers import DynamicRoute, Route, SimpleRouter

#: Pattern of an id in a path.
UUID_PATTERN = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def of_one(resource: str, name: str) -> str:
    """Return the path of one object of a resource, as a prefix for nested resources."""
    return f"{resource}/(?P<{name}>{UUID_PATTERN})"


class Router(SimpleRouter):
    """Names URLs by resource: ``tags``, ``tags_import``, ``tag``, ``tag_archive``. The trailing slash is optional,
    since a POST can't be redirected."""

    routes = [
        Route(r"^{prefix}{trailing_slash}$", {"get": "list", "post": "create"}, "{basename}s", False, {}),
        DynamicRoute(r"^{prefix}/{url_path}{trailing_slash}$", "{basename}s_{url_name}", False, {}),
        Route(
            r"^{prefix}/{lookup}{trailing_slash}$",
            {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"},
            "{basename}",
            True,
            {},
        ),
        DynamicRoute(r"^{prefix}/{lookup}/{url_path}{trailing_slash}$", "{basename}_{url_name}", True, {}),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
