"""Addresses as people paste them (docs/rules.md, Invitations)."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core import pasted_addresses
from core.email_addresses import address_error, canonical
from core.errors import Invalid

ONE, TWO = "one@example.org", "two@example.org"


@pytest.mark.parametrize(
    "text",
    [
        f"{ONE},{TWO}",
        f"{ONE}; {TWO};",
        f"{ONE}\r\n\r\n{TWO}\n",
        f"{ONE}\t{TWO}",
        f"{ONE} {TWO}",
        f"One <{ONE}>, Two <{TWO}>",
        f'"Last, One" <{ONE}>; "Two" <{TWO}>',
        f"One Name <{ONE}> Two Name <{TWO}>",
        f"  {ONE.upper()} ,, ;{TWO},{ONE}, {TWO.upper()}",
        f"'{ONE}', <{TWO}>",
    ],
)
def test_lists_as_people_have_them(text: str) -> None:
    found = pasted_addresses.parse_addresses(text)
    assert (found.addresses, found.wrong) == ([ONE, TWO], [])


ANA = ("Ana", "Silva")


@pytest.mark.parametrize(
    "text",
    [
        f"Silva, Ana <{ONE}>",
        f'"Silva, Ana" <{ONE}>',
        f"Silva, Ana <{ONE}>;",
        f"Ana Silva <{ONE}>",
        f"“Ana Silva” ＜{ONE}＞",
        f"Ana Silva\xa0<mailto:{ONE}>",
        f"Ana Silva <{ONE}<mailto:{ONE}>>",
        f"Ana\tSilva\t{ONE}",
        f"Ana Silva;{ONE}",
        f"{ONE},Ana Silva",
        f"{ONE};Ana;Silva",
        f'"Silva, Ana";{ONE}',
        f"1\tAna Silva\t+55 11 5555-0100\t{ONE}\t2026",
        f"| Ana Silva | {ONE} |",
        f"Nome;Sobrenome;E-mail;Setor\r\nAna;Silva;{ONE};Vendas\r\n",
        f"E-mail\tApellidos\tNombre\n{ONE}\tSilva\tAna",
        f"1. Ana Silva <{ONE}>",
        f"2) {ONE} (Ana Silva)",
        f"• Ana Silva {ONE}",
        f"- [Ana Silva](mailto:{ONE})",
        f"[{ONE}](mailto:{ONE}) (Ana Silva)",
        f"Ana Silva\n{ONE}",
        f"Silva, Ana\n<{ONE}>",
        f"Para: Ana Silva <{ONE}>",
        f"Ana Silva (Suporte) <{ONE}>",
        f"\u202aAna Silva\u202c <\u200b{ONE.upper()}\u200b>\ufeff",
    ],
)
def test_the_name_beside_an_address_is_kept(text: str) -> None:
    found = pasted_addresses.parse_addresses(text)
    assert (found.addresses, found.wrong) == ([ONE], [])
    assert found.name_of(ONE) == ANA


@pytest.mark.parametrize(
    "text",
    [
        f"Silva, Ana <{ONE}>; Lima, Rui <{TWO}>",
        f"Silva, Ana <{ONE}>, Lima, Rui <{TWO}>",
        f"Ana Silva <{ONE}> Rui Lima <{TWO}>",
        f"{ONE}\tAna Silva\n{TWO}\tRui Lima",
        f"Ana Silva,{ONE},Rui Lima,{TWO}",
        f"Ana Silva\n{ONE}\nRui Lima\n{TWO}",
        f"{ONE} Ana Silva {TWO} Rui Lima",
    ],
)
def test_each_has_its_own_name(text: str) -> None:
    found = pasted_addresses.parse_addresses(text)
    assert (found.addresses, found.wrong) == ([ONE, TWO], [])
    assert (found.name_of(ONE), found.name_of(TWO)) == (ANA, ("Rui", "Lima"))


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("ANA@Example.ORG", "ana@example.org"),
        ("ana@exa\u200bmple.org", "ana@example.org"),
        ("\ufeffana\u00ad@example.org\u2060", "ana@example.org"),
        ("ana＠example．org", "ana@example.org"),
        ("ana@münchen.example", "ana@xn--mnchen-3ya.example"),
        ("ana@MU\u0308NCHEN.example", "ana@xn--mnchen-3ya.example"),
        ("ana@XN--MNCHEN-3YA.example", "ana@xn--mnchen-3ya.example"),
        ("ana@例え.テスト", "ana@xn--r8jz45g.xn--zckzah"),
    ],
)
def test_an_address_has_one_form(written: str, address: str) -> None:
    assert canonical(written) == address
    assert address_error(address) == ""
    assert pasted_addresses.parse_addresses(f"<{written}>").addresses == [address]


_PIECES = st.sampled_from(
    [
        *'",;<>()[]|@\t\n\r\\ .-',
        "\u200b",
        "\xa0",
        "＠",
        "mailto:",
        "1. ",
        "a@b.de",
        "Ana",
        "Silva, ",
        "ä@ö.de",
        "Nome;E-mail",
    ]
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=40).map("".join)))
@settings(max_examples=400, deadline=None)
def test_no_paste_raises_and_every_address_is_in_the_one_form(text: str) -> None:
    for found in (pasted_addresses.parse_addresses(text), pasted_addresses.parse_list([text])):
        assert all(canonical(address) == address and not address_error(address) for address in found.addresses)
        assert len(set(found.addresses)) == len(found.addresses)
        assert all(one.why and "\n" not in one.text for one in found.wrong)
        assert all(len(part) <= 80 for name in found.names.values() for part in name)


@given(st.text())
@settings(max_examples=400, deadline=None)
def test_the_one_form_is_the_form_of_itself(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)


def test_what_is_none_is_named_with_why_and_the_rest_is_kept() -> None:
    found = pasted_addresses.parse_addresses(f"nobody, {ONE}, x@y, Somebody <>, a@b@c, {'x' * 300}@example.org")
    assert found.addresses == [ONE]
    assert [(one.text[:10], one.why) for one in found.wrong] == [
        ("nobody", "The @ is missing."),
        ("x@y", "This is not an e-mail address."),
        ("Somebody <", "There is no address in it."),
        ("a@b@c", "This is not an e-mail address."),
        ("x" * 10, "It is longer than an address can be."),
    ]
    assert all(len(one.text) <= 254 for one in found.wrong)


def test_at_most_so_many_at_a_time() -> None:
    many = [f"a{n}@example.org" for n in range(pasted_addresses.MAX_ADDRESSES + 1)]
    assert (
        len(pasted_addresses.parse_addresses("\n".join([*many[1:], many[1]])).addresses)
        == pasted_addresses.MAX_ADDRESSES
    )
    with pytest.raises(Invalid) as refusal:
        pasted_addresses.parse_addresses("\n".join(many))
    assert refusal.value.code == "too_many"


@pytest.mark.parametrize("text", ["", " \n,;", '"', '"' * 50_001, "<" * 100_000, "a@" * 50_000, '"a' * 50_000])
def test_nonsense_is_read_soon(text: str) -> None:
    began = time.monotonic()
    assert pasted_addresses.parse_addresses(text).addresses == []
    assert time.monotonic() - began < 2
