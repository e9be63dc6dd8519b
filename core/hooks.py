"""How an app calls into apps above it, which it can't import: they register in their ``AppConfig.ready``.

A ``Hook`` has exactly one implementation, a ``Registry`` any number of entries. Both refuse duplicates, so that no
app silently replaces another's.
"""

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from django.core.exceptions import ImproperlyConfigured

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")


class Hook(Generic[P, R]):
    """A function declared without a body by the app that calls it.

    The app above decorates its implementation with ``answer``. The program does not start while a hook has none.
    """

    declared: ClassVar[list["Hook[Any, Any]"]] = []

    def __init__(self, declaration: Callable[P, R]) -> None:
        update_wrapper(self, declaration)
        self.name = f"{declaration.__module__}.{declaration.__qualname__}"
        self._answer: Callable[P, R] | None = None
        Hook.declared.append(self)

    @property
    def is_answered(self) -> bool:
        return self._answer is not None

    def answer(self, function: Callable[P, R]) -> Callable[P, R]:
        """Register the implementation. Raises ImproperlyConfigured if there is one already."""
        if self._answer is not None:
            raise ImproperlyConfigured(f"{self.name} is answered twice")
        self._answer = function
        return function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the implementation. Raises ImproperlyConfigured if there is none."""
        if self._answer is None:
            raise ImproperlyConfigured(f"{self.name} is answered by no app")
        return self._answer(*args, **kwargs)


class Registry(dict[str, V]):
    """Entries that apps add by key, in the order of INSTALLED_APPS."""

    def add(self, key: str, value: V) -> None:
        """Add an entry. Raises ImproperlyConfigured if the key is taken."""
        if key in self:
            raise ImproperlyConfigured(f"{key!r} is registered twice")
        self[key] = value

    def add_all(self, entries: Mapping[str, V]) -> None:
        """Add several entries, as ``add`` does."""
        for key, value in entries.items():
            self.add(key, value)
