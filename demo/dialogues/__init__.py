"""Conversations of the demo by queue and tag, read from the text files in this folder."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

FOLDER = Path(__file__).parent
LANGUAGES = ("en", "es", "pt")

#: Speakers, as in ``MessageKind``; ``k`` is the contact before the handover.
BOT, BEFORE, CONTACT, AGENT, NOTE = "bkcan"


@dataclass(frozen=True)
class Step:
    """A line of a conversation: its speaker, whether it is optional, and its variants."""

    who: str
    sometimes: bool
    ways: tuple[str, ...]


@dataclass
class Topic:
    """A conversation about one subject, held in a queue and closed with a tag."""

    queue: str
    tag: str
    before: list[Step] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)


@dataclass
class Language:
    """All texts of a language: ``topics`` by queue, and common sentences by name."""

    topics: dict[str, list[Topic]] = field(default_factory=dict)
    common: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def language(code: str) -> Language:
    """Return the texts of a language (``en``, ``es``, ``pt``)."""
    found = Language()
    topic: Topic | None = None
    for line in (FOLDER / f"{code}.txt").read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            topic = None
            if line != "[*]":
                queue, _slash, tag = line.strip("[]").partition(" / ")
                topic = Topic(queue, tag)
                found.topics.setdefault(queue, []).append(topic)
            continue
        name, _colon, text = line.partition(": ")
        ways = tuple(way.strip() for way in text.split(" | "))
        if topic is None:
            found.common[name] = ways
        elif name[0] in (BOT, BEFORE):
            topic.before.append(Step(name[0], False, ways))
        else:
            topic.steps.append(Step(name[0], name.endswith("?"), ways))
    return found


class Facts(dict):
    """The variables of one conversation, drawn on first use and constant from then on."""

    def __init__(self, random: Random, code: str, contact: str) -> None:
        super().__init__(contact=contact)
        self._random, self._code = random, code

    def __missing__(self, key: str) -> str:
        self[key] = value = _DRAW[key](self._random, self._code)
        return value


_words = str.split
_MONTHS = {
    "en": _words("January February March April May June July August September October November December"),
    "es": _words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
    "pt": _words("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
}
_PRODUCTS = {
    "en": ("Basic", "Team", "Plus", "Home Kit", "Travel Set", "Premium"),
    "es": ("la mochila azul", "el juego de sillas", "la lámpara de mesa", "el paquete familiar", "la cafetera"),
    "pt": ("o painel de vendas", "a agenda", "o carrinho", "o plano família", "a cafeteira"),
}
_AMOUNTS = {"en": "${:,.2f}", "es": "${:,.2f} MXN", "pt": "R$ {:,.2f}"}

_DRAW = {
    "order": lambda random, code: f"{code.upper()}-{random.randrange(100_000, 1_000_000)}",
    "amount": lambda random, code: _AMOUNTS[code].format(random.randrange(900, 90_000) / 100),
    "month": lambda random, code: random.choice(_MONTHS[code]),
    "day": lambda random, code: str(random.randrange(2, 29)),
    "product": lambda random, code: random.choice(_PRODUCTS[code]),
    "time": lambda random, code: f"{random.randrange(6, 22)}:{random.randrange(0, 60, 5):02}",
}


def say(ways: tuple[str, ...], random: Random, facts: Facts) -> str:
    """Return a random variant, filled in."""
    way = ways[int(random.random() * len(ways))]
    return way.format_map(facts) if "{" in way else way
