"""Addresses as people paste them (docs/rules.md, Invitations)."""

import time

import pytest

from core import email_addresses
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
    assert email_addresses.parse_addresses(text) == email_addresses.ParsedAddresses([ONE, TWO], [])


def test_what_is_none_is_named_with_why_and_the_rest_is_kept() -> None:
    found = email_addresses.parse_addresses(f"nobody, {ONE}, x@y, Somebody <>, a@b@c, {'x' * 300}@example.org")
    assert found.addresses == [ONE]
    assert [(one.text[:10], one.why) for one in found.wrong] == [
        ("nobody", "The @ is missing."),
        ("x@y", "This is not an e-mail address."),
        ("Somebody <", "There is no address in it."),
        ("a@b@c", "This is not an e-mail address."),
        ("x" * 10, "It is longer than an address can be."),
    ]
    assert all(len(one.text) <= email_addresses.LONGEST for one in found.wrong)


def test_at_most_so_many_at_a_time() -> None:
    many = [f"a{n}@example.org" for n in range(email_addresses.MAX_ADDRESSES + 1)]
    assert (
        len(email_addresses.parse_addresses("\n".join([*many[1:], many[1]])).addresses)
        == email_addresses.MAX_ADDRESSES
    )
    with pytest.raises(Invalid) as refusal:
        email_addresses.parse_addresses("\n".join(many))
    assert refusal.value.code == "too_many"


@pytest.mark.parametrize("text", ["", " \n,;", '"', '"' * 50_001, "<" * 100_000, "a@" * 50_000, '"a' * 50_000])
def test_nonsense_is_read_soon(text: str) -> None:
    began = time.monotonic()
    assert email_addresses.parse_addresses(text).addresses == []
    assert time.monotonic() - began < 2
