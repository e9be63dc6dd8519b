"""Phone numbers in one form, so that two ways of writing a number are equal."""

import re
from collections.abc import Iterator

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    national_significant_number,
    parse,
)

from core.text import plain, words_of

_BRAZIL, _MEXICO, _ARGENTINA = 55, 52, 54
#: Countries of whose mobile numbers there are two ways to write each.
_REGIONS = ("BR", "MX", "AR")
_DIGITS = re.compile(r"[0-9]{6,20}")
#: A word that is a phone number or a piece of one.
_PIECE = re.compile(r"[+(]*[0-9][0-9()+./\-\u2010-\u2015]*")
#: What is searched for in numbers has so many digits.
_SHORTEST, _LONGEST = 3, 20
#: Fewer digits are no number without its country.
_NATIONAL = 8
#: A Brazilian mobile without its area code.
_NINE_DIGITS = re.compile(r"9[6-9]\d{7}")
#: What was dialled before a Mexican number, until 2019.
_CALLED_IN_MEXICO = re.compile(r"0(?:1|44|45)(\d{10})")
#: Area code and subscriber of a Brazilian mobile from before the ninth digit.
_EIGHT_DIGITS = re.compile(r"[1-9]{2}[6-9]\d{7}")


def canonical_number(text: str) -> str:
    """Return a phone number in E.164, such as ``+5588991112222``, or empty if the text is no international number.

    It begins with ``+`` or ``00``: no country is guessed. Of two ways to write a mobile number, one is chosen: with
    the ninth digit in Brazil, without the 1 in Mexico and the 9 in Argentina. An extension stays
    (``+551133334444;ext=12``).
    """
    text = text.strip()
    if text.startswith("00"):
        text = f"+{text[2:]}"
    if not text.startswith(("+", "\N{FULLWIDTH PLUS SIGN}")):
        return ""
    try:
        number = _in_one_form(parse(text, None))
    except NumberParseException:
        return ""
    if not is_valid_number(number):
        return ""
    extension = f";ext={number.extension}" if number.extension else ""
    return format_number(_without_extension(number), PhoneNumberFormat.E164) + extension


def digits_of_number(text: str) -> str:
    """Return the digits of what looks like a phone number or a part of one, at least six, else empty."""
    digits = re.sub(r"[\s()+./-]", "", text)
    return digits if _DIGITS.fullmatch(digits) else ""


def forms_of_number(text: str) -> list[str]:
    """Return the digits of a stored number in each way it may be written: as it is, and, if it is an international
    one, with and without the digit that may be left out."""
    digits = re.sub(r"\D", "", plain(text))
    found = {digits} - {""}
    if number := _parsed(f"+{digits}", None):
        national = national_significant_number(number)
        found |= {f"{number.country_code}{form}" for form in (national, _other_form(number.country_code, national))}
    return sorted(found)


def terms_of(text: str) -> list[str]:
    """Return the words of a search text; those in a row that make up a phone number are one of them."""
    terms: list[str] = []
    was_piece = False
    for word in words_of(plain(text)):
        is_piece = bool(_PIECE.fullmatch(word))
        if is_piece and was_piece:
            terms[-1] += f" {word}"
        else:
            terms.append(word)
        was_piece = is_piece
    return terms


def number_pattern(text: str) -> str:
    """Return the regular expression that finds a phone number, or a part of one, among digits that blanks separate;
    empty if the text is neither.

    The text may be written in any way: with or without the country, the prefix for calls inside it, and the digit of
    mobile numbers that may be left out in Brazil, Mexico and Argentina; so may what is stored.
    """
    pieces = plain(text).split()
    if not pieces or not all(_PIECE.fullmatch(piece) for piece in pieces):
        return ""
    digits = re.sub(r"\D", "", "".join(pieces))
    if not _SHORTEST <= len(digits) <= _LONGEST:
        return ""
    found = {digits, *_numbers(" ".join(pieces), digits)}
    if len(significant := digits.lstrip("0")) >= _SHORTEST:
        found.add(significant)
    if _NINE_DIGITS.fullmatch(digits):
        found.add(digits[1:])
    if called := _CALLED_IN_MEXICO.fullmatch(digits):
        found.add(called[1])
    return "|".join(sorted(found))


def _numbers(text: str, digits: str) -> Iterator[str]:
    """Yield the whole numbers that a text can be: in E.164, as they are written otherwise, and, where a stored number
    begins, without the country."""
    if len(digits) < _NATIONAL:
        return
    written = [(text, None), (f"+{digits.lstrip('0')}", None), *((digits, region) for region in _REGIONS)]
    for number in filter(None, (_parsed(*one) for one in written)):
        country, national = str(number.country_code), national_significant_number(number)
        for form in {national, _other_form(number.country_code, national)}:
            yield country + form
            yield rf"\m0?{form}"


def _parsed(text: str, region: str | None) -> PhoneNumber | None:
    """Return the number that a text is, in the one form; None if it is none of that region."""
    try:
        number = _in_one_form(parse(text, region))
    except NumberParseException:
        return None
    return number if is_valid_number(number) else None


def _other_form(country: int | None, national: str) -> str:
    """Return a national number of the one form as it may be written too."""
    if country == _BRAZIL and len(national) == 11 and national[2] == "9":
        return national[:2] + national[3:]
    if len(national) == 10 and country in {_MEXICO, _ARGENTINA}:
        return ("1" if country == _MEXICO else "9") + national
    return national


def _in_one_form(number: PhoneNumber) -> PhoneNumber:
    national = national_significant_number(number)
    country = number.country_code
    if country == _BRAZIL and _EIGHT_DIGITS.fullmatch(national):
        number.national_number = int(f"{national[:2]}9{national[2:]}")
    elif len(national) == 11 and (country, national[0]) in {(_MEXICO, "1"), (_ARGENTINA, "9")}:
        number.national_number = int(national[1:])
    return number


def _without_extension(number: PhoneNumber) -> PhoneNumber:
    return PhoneNumber(
        country_code=number.country_code,
        national_number=number.national_number,
        italian_leading_zero=number.italian_leading_zero,
        number_of_leading_zeros=number.number_of_leading_zeros,
    )
