"""Names and other short texts are one line of what can be seen (docs/rules.md, Names)."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from active_messages.pasted import read
from core.errors import Invalid
from core.text import folded, one_line
from core.validation import clean_name
from orgs import operations as orgs
from queues import operations as queues
from sectors import operations as sectors
from tags import operations as tags
from tests.builders import Desk
from tickets.intake import Intake

#: What turns the text around it.
TURNING = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
HIDDEN = "\u200b\u2060\ufeff\u00ad\u180e\u2061\ufff9\ud800\ue000\uffff\ufdd0"


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("Ana\n\u202eamiL", "Ana amiL"),
        ("  Ana\r\n\u2028Lima\t\x07", "Ana Lima"),
        ("A\u0301na", "Ána"),
        (f"A{TURNING}n{HIDDEN}a", "Ana"),
        ("Jo\u200d\u200cão", "João"),
        ("\u3164\u115f\u2800", ""),
        # Emoji of several parts, flags, and those younger than most.
        ("👩\u200d🚒 👨🏽\u200d🦰 ❤\ufe0f\u200d🔥 🏳\ufe0f\u200d🌈 🙂\u200d↔\ufe0f", None),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", None),
        # Persian with its non-joiner, Hindi and Sinhala with joiners, Hebrew, Arabic, Chinese.
        ("علی\u200cرضا می\u200cخواهم", None),
        ("क्\u200dष", None),
        ("ක්\u200dර", None),
        ("שָׁלוֹם", None),
        ("王小明", None),
        ("\u0600123", None),
        ("\u200d👩\u200d", "👩"),
        ("x\U000e0041", "x"),
    ],
)
def test_what_is_kept(given_text: str, kept: str | None) -> None:
    assert one_line(given_text) == (unicodedata.normalize("NFC", given_text) if kept is None else kept)


@given(st.text(st.characters() | st.sampled_from(TURNING + HIDDEN + "\u200c\u200d 👩🚒ایक्"), max_size=30))
@example("\u200d\u200d")
@example("a\u0300\u200d\u0301")
def test_it_is_one_line_without_turns_and_stays_so(text: str) -> None:
    kept = one_line(text)
    assert not set(kept) & set(TURNING + HIDDEN)
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Co", "Zl", "Zp"} for c in kept)
    assert kept == " ".join(kept.split())
    assert one_line(kept) == kept


def test_every_place_keeps_names_so(desk: Desk) -> None:
    name, kept = "Ana\n\u202eamiL\u200b", "Ana amiL"
    assert clean_name(name, limit=80) == kept
    assert Intake().line(name, 80) == kept
    assert Intake().fields({"plan": "gold\u202e\nold"}) == {"plan": "gold\nold"}
    by = desk.by()
    assert queues.create_queue(desk.sector, name, by=by).name == kept
    assert tags.add_tags(desk.sector, [name], by=by)[0].name == kept
    assert tags.change_tag(desk.tags[0], by=by, description=name).description == kept
    assert queues.add_pause_reason(desk.project, name, by=by).name == kept
    assert sectors.update_sector(desk.sector, by=by, name=name).name == kept
    assert orgs.create_token(name, by=by, scopes=["read"], project=desk.project)[0].name == kept
    assert orgs.create_project(desk.project.organization, name, by=by).name == kept
    user = desk.administrator
    orgs.update_profile(user, first_name=name, last_name="Lima\u202e")
    assert user.name == f"{kept} Lima"
    [person] = read(desk.member(user), f"+5511912345678; {name.replace(chr(10), ' ')}", "tel").people
    assert person.name == kept


def test_nothing_visible_is_no_name() -> None:
    with pytest.raises(Invalid):
        clean_name(TURNING + HIDDEN + "\u3164", limit=80)


def test_names_that_look_the_same_are_the_same(desk: Desk) -> None:
    assert len({*folded([clean_name(name, limit=80) for name in ("Ana", "A\u200bna", "\u202eAna\u202c")])}) == 1
