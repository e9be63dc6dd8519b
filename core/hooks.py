"""How an app asks those above it, which it may not import: they offer what is theirs in their ``AppConfig.ready``.

A ``Hook`` is a question with one answer, a ``Registry`` holds what any number of apps have to add. Both refuse a
second offer of the same thing, so that no app replaces another's in silence.
"""

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, ClassVar, Generic, ParamSpec, TypeVar

from django.core.exceptions import ImproperlyConfigured

P = ParamSpec("P")
R = TypeVar("R")
V = TypeVar("V")


class Hook(Generic[P, R]):
    """A question, declared as a function without a body by the app that asks it.

    The app that knows decorates its own function with ``answer``. The program does not start while a hook has none.
    """

    declared: ClassVar[list["Hook[Any, Any]"]] = []

    def __init__(self, declaration: Callable[P, R]) -> None:
        update_wrapper(self, declaration)
        self.name = f"{declaration.__module__}.{declaration.__qualname__}"
        self._answer: Callable[P, R] | None = None
        Hook.declared.append(self)

    @property
    def is_answered(self) -> bool:
        """Whether an app above has offered its answer."""
        return self._answer is not None

    def answer(self, function: Callable[P, R]) -> Callable[P, R]:
        """Take a function as the answer. Raises ImproperlyConfigured where there is one."""
        if self._answer is not None:
            raise ImproperlyConfigured(f"{self.name} is answered twice")
        self._answer = function
        return function

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Ask. Raises ImproperlyConfigured where no app has answered."""
        if self._answer is None:
            raise ImproperlyConfigured(f"{self.name} is answered by no app")
        return self._answer(*args, **kwargs)


class Registry(dict[str, V]):
    """What apps add under names of their own, in the order in which the apps are installed."""

    def add(self, key: str, value: V) -> None:
        """Add one thing. Raises ImproperlyConfigured for a name that is taken."""
        if key in self:
            raise ImproperlyConfigured(f"{key!r} is registered twice")
        self[key] = value

    def add_all(self, entries: Mapping[str, V]) -> None:
        """Add several, each as ``add`` does."""
        for key, value in entries.items():
            self.add(key, value)
