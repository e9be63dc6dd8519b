"""The first line of a pasted table: which column is what."""

from typing import NamedTuple

#: Separators that only tables have.
COLUMNS = frozenset("\t|")

_ADDRESS = {
    *("email", "e-mail", "mail", "email address", "e-mail address", "address"),
    *("correo", "correo electrónico", "correo electronico", "dirección", "dirección de correo"),
    *("endereço", "endereço de e-mail", "endereço de email", "usuario", "usuário", "user"),
}
_FIRST = {"first name", "firstname", "given name", "nombre", "nombres", "primeiro nome", "nome próprio"}
_LAST = {"last name", "lastname", "surname", "family name", "apellido", "apellidos", "sobrenome", "último nome"}
_NAME = {"name", "full name", "nome", "nome completo", "nombre completo", "display name", "nombre y apellidos"}
_KNOWN = _ADDRESS | _FIRST | _LAST | _NAME


class Header(NamedTuple):
    """Which columns of a table hold names, in the order first name, last name; ``last`` is -1 without one."""

    names: tuple[int, ...]
    last: int = -1


def header_of(cells: list[str]) -> Header | None:
    """Read the first line of a table; None if it is none."""
    words = [cell.strip(" \"'*:").lower() for cell in cells]
    if not any(word in _KNOWN for word in words) or any(len(word) > 60 for word in words):
        return None
    names = [number for known in (_FIRST, _NAME, _LAST) for number, word in enumerate(words) if word in known]
    last = next((number for number, word in enumerate(words) if word in _LAST), -1)
    return Header(tuple(names[:1] if last < 0 else names), last)
