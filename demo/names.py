"""Names for people and contacts, made up by Faker when the command runs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from random import Random

from faker import Faker

LOCALES = {"en": "en_US", "es": "es_MX", "pt": "pt_BR"}
#: Names drawn per locale: enough that a list does not repeat itself.
POOL = 300


@dataclass(frozen=True)
class Names:
    """First and last names of one locale."""

    first: tuple[str, ...]
    last: tuple[str, ...]

    def draw(self, random: Random) -> tuple[str, str]:
        """Return a first and a last name."""
        return random.choice(self.first), random.choice(self.last)


@cache
def names_of(locale: str, seed: int) -> Names:
    """Return the pool of a locale (``pt_BR``), the same for the same seed."""
    faker = Faker(locale)
    faker.seed_instance(seed)
    return Names(tuple(faker.first_name() for _ in range(POOL)), tuple(faker.last_name() for _ in range(POOL)))


# Addresses that cannot reach anybody: area codes that don't exist, or numbers set aside for fiction.
_URNS: dict[str, tuple[Callable[[int], str], ...]] = {
    "en": (
        lambda n: f"whatsapp:1{200 + n % 700}55501{n // 700 % 100:02}{n // 70_000:02}",
        lambda n: f"ext:webchat-{n}",
    ),
    "es": (lambda n: f"whatsapp:5200{n:010}", lambda n: f"telegram:00{n:08}"),
    "pt": (lambda n: f"whatsapp:55009{n:08}", lambda n: f"whatsapp:55009{n:08}", lambda n: f"tel:+55009{n:08}"),
}


def urn(code: str, number: int, random: Random) -> str:
    """Return a URN for the contact of that number, who speaks the language ``code``."""
    return random.choice(_URNS[code])(number)
