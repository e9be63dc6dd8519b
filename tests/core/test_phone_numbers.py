"""One form for a phone number, however it is written."""

from core.phone_numbers import canonical_number, forms_of_number

FORMS = {
    "+55 (88) 99111-2222": "+5588991112222",
    "005588991112222": "+5588991112222",
    # Mobile, from before the ninth digit; a landline has none.
    "+558891112222": "+5588991112222",
    "+551133334444": "+551133334444",
    "+5215512345678": "+525512345678",
    "+52 55 1234 5678": "+525512345678",
    "+5491123456789": "+541123456789",
    "+54 11 15-2345-6789": "+541123456789",
    "+54 11 2345-6789": "+541123456789",
    "+39 06 1234 5678": "+390612345678",
    "+55 11 3333-4444 ext. 12": "+551133334444;ext=12",
    # No country is guessed, and what no country gives out is no number.
    "88991112222": "",
    "5588991112222": "",
    "+999123456789": "",
    "+551": "",
    "+5500000000000": "",
    "+": "",
    "": "",
    "call me": "",
    "+" + "5" * 400: "",
    "+55\x0088": "",
}


def test_a_number_has_one_form() -> None:
    assert {text: canonical_number(text) for text in FORMS} == FORMS


def test_a_stored_number_is_given_in_each_way_it_may_be_written() -> None:
    assert forms_of_number("+55 (88) 99111-2222") == ["558891112222", "5588991112222"]
    assert forms_of_number("558891112222") == ["558891112222", "5588991112222"]
    assert forms_of_number("+5215512345678") == ["5215512345678", "525512345678"]
    assert forms_of_number("+39 06 1234 5678") == ["390612345678"]
    # No number of any country: as it stands.
    assert forms_of_number("ext. 1234") == ["1234"]
    assert forms_of_number("call me") == []
