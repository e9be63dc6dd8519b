"""Links in text that people wrote: web addresses, with a scheme or without, and e-mail addresses."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
#: A name goes on neither with a letter or digit, nor with one after a full stop.
_END = r"(?!\.?_*[^\W_])(?!\.?[@-])"
_REST = r"[^\s<>\"“”«»]"
#: Each begins where no word, address or path is going on; a marker of *emphasis* may stand before it.
_CANDIDATE = re.compile(
    rf"""
    (?<![^\W_])(?<![^\W_]_)(?<![.@/\\+%&=\#-])
    (?:
        (?P<web>https?://{_REST}+)
      | (?P<mail>[^\W_][\w.+%-]{{0,63}}@(?:{_LABEL}\.){{1,8}}[^\W\d_]{{2,24}}{_END})
      | (?P<bare>(?:{_LABEL}\.){{1,8}}(?P<top>[^\W\d_]{{2,24}}){_END}(?::\d{{1,5}}\b)?(?P<path>[/?\#]{_REST}*)?)
    )""",
    re.IGNORECASE | re.VERBOSE,
)

_GENERIC_WORDS = """
com net org info biz edu gov mil int coop museum name pro mobi cat app dev page site online store shop tech
cloud blog xyz club live link click website agency email academy solutions services company group digital global
health clinic dental travel hotel tours bank insurance finance legal law studio media news design photography
software systems network school university training consulting marketing events restaurant delivery house
properties auto fit lat rio eco bio art top one
"""
#: What domains without a scheme end with, apart from the two letters of a country. A longer list would turn words
#: that lack the space after a full stop into links.
_GENERIC = frozenset(_GENERIC_WORDS.split())
_COUNTRY_CODES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc
cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga
gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo
jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr
ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re
ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr
tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
#: Countries whose two letters also end the names of files: as a domain only with www. or a path, or below .com.py.
_ENDINGS_OF_FILES = frozenset({"ai", "cc", "md", "mm", "pl", "ps", "py", "rs", "sh", "so"})
_COUNTRIES = frozenset(_COUNTRY_CODES.split())

_TRAILING = ".,;:!?…'’‘`"
_CLOSING = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True)
class Link:
    """A link: where its text begins and ends, and its address (http, https or mailto)."""

    start: int
    end: int
    address: str


def find_links(text: str) -> Iterator[Link]:
    """Yield the links of a text in order; takes time in proportion to its length.

    The punctuation after an address, a bracket that it doesn't open, and the markers around it aren't part of it.
    """
    for found in _CANDIDATE.finditer(text):
        start = found.start()
        if found["mail"]:
            yield Link(start, found.end(), f"mailto:{found['mail']}")
        elif found["web"]:
            end = start + _without_trailing(text, start, found.end())
            if any(char.isalnum() for char in text[start:end].partition("://")[2]):
                yield Link(start, end, text[start:end])
        elif _is_domain(found):
            end = start + _without_trailing(text, start, found.end())
            yield Link(start, end, f"https://{text[start:end]}")


def _is_domain(found: re.Match[str]) -> bool:
    """Return whether something with dots and no scheme is the name of a site, not of a file or a slip of the keys."""
    top, path = found["top"], found["path"]
    name = found["bare"].removesuffix(path or "").partition(":")[0]
    labels = name.split(".")
    if labels[0].lower() == "www" and len(labels) > 2:
        return True
    # "Thanks.De nada" is two sentences: a domain is written in one case, or begins like one.
    if top != top.lower() and name != name.upper():
        return False
    top = top.lower()
    if not any(char.isalpha() for label in labels[:-1] for char in label):
        return False
    if top in _GENERIC:
        return True
    if top not in _COUNTRIES:
        return False
    return top not in _ENDINGS_OF_FILES or len(labels) > 2 or bool(path and len(path) > 1)


def _without_trailing(text: str, start: int, end: int) -> int:
    """Return the length of an address without what only follows it."""

    def number(mark: str) -> int:
        return text.count(mark, start, end)

    unopened = {close: number(close) - number(open_) for close, open_ in _CLOSING.items()}
    while end > start:
        last = text[end - 1]
        if unopened.get(last, 0) > 0:
            unopened[last] -= 1
        elif last not in _TRAILING and last not in "*~":
            break
        end -= 1
    return end - start
