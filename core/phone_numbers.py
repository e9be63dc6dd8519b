"""Phone numbers in one form, so that two ways of writing a number are equal."""

import re

from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    format_number,
    is_valid_number,
    national_significant_number,
    parse,
)

_BRAZIL, _MEXICO, _ARGENTINA = 55, 52, 54
_DIGITS = re.compile(r"[0-9]{6,20}")
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
