"""Message catalogues: extracting the strings of code and templates, comparing, compiling.

English is the source. Extraction is in Python (Babel parses code, Django converts templates to calls), so no gettext
tools are needed to run the tests.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import polib
from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_CALL = re.compile(r"(?<![\w.])(_|gettext|ngettext|pgettext|npgettext)\(")

#: The identity of an entry: (context, singular, plural).
Key = tuple[str | None, str, str | None]


def collect() -> dict[Key, list[tuple[str, str]]]:
    """Return all translatable strings with the locations (file, line) that use them."""
    root = settings.BASE_DIR
    found: dict[Key, list[tuple[str, str]]] = {}
    for app in ("core", *settings.LOCAL_APPS):
        for path in sorted((root / app).rglob("*.py")):
            if "migrations" not in path.parts:
                for line, key in _of_python(path):
                    found.setdefault(key, []).append((str(path.relative_to(root)), str(line)))
    for path in sorted((root / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            for line, key in _of_template(path):
                found.setdefault(key, []).append((str(path.relative_to(root)), str(line)))
    return found


def _of_python(path: Path) -> Iterator[tuple[int, Key]]:
    with path.open("rb") as file:
        for line, message, _comments, context in extract("python", file, KEYWORDS):
            if isinstance(message, tuple):
                yield line, (context, message[0], message[1])
            elif message:
                yield line, (context, message, None)


def _of_template(path: Path) -> Iterator[tuple[int, Key]]:
    code = templatize(path.read_text(), origin=str(path))
    for match in _CALL.finditer(code):
        line = code.count("\n", 0, match.start()) + 1
        strings = _string_arguments(code[match.end() :])
        name = match.group(1)
        if name == "ngettext" and len(strings) >= 2:
            yield line, (None, strings[0], strings[1])
        elif name == "pgettext" and len(strings) >= 2:
            yield line, (strings[0], strings[1], None)
        elif name == "npgettext" and len(strings) >= 3:
            yield line, (strings[0], strings[1], strings[2])
        elif strings:
            yield line, (None, strings[0], None)


def _string_arguments(code: str) -> list[str]:
    """Return the leading string literals of a call's arguments (the text after its parenthesis)."""
    strings: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING:
            strings.append(ast.literal_eval(token.string))
        elif token.string != "," and token.type != tokenize.NL:
            break
    return strings


def po_path(language: str) -> Path:
    """Return the path of a language's catalogue."""
    return Path(settings.LOCALE_PATHS[0]) / to_locale(language) / "LC_MESSAGES" / "django.po"


def _key(entry: polib.POEntry) -> Key:
    return entry.msgctxt or None, entry.msgid, entry.msgid_plural or None


def _plural_forms(language: str) -> str:
    return "nplurals=2; plural=(n > 1);" if language == "pt-br" else "nplurals=2; plural=(n != 1);"


def update(language: str) -> int:
    """Update a language's catalogue; returns how many strings lack a translation."""
    path = po_path(language)
    catalogue = polib.pofile(str(path)) if path.exists() else polib.POFile()
    catalogue.wrapwidth = 100
    catalogue.metadata = {
        "Project-Id-Version": "Weni Chats",
        "Language": to_locale(language),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": _plural_forms(language),
    }
    strings = collect()
    present = {_key(entry): entry for entry in catalogue}
    for key, entry in present.items():
        if key not in strings:
            catalogue.remove(entry)
    for (context, singular, plural), places in strings.items():
        entry = present.get((context, singular, plural))
        if entry is None:
            entry = polib.POEntry(msgctxt=context, msgid=singular, msgid_plural=plural or "")
            if plural:
                entry.msgstr_plural = {0: "", 1: ""}
            catalogue.append(entry)
        # Files only: line numbers would change the catalogue with every edit.
        entry.occurrences = [(file, "") for file in sorted({file for file, _line in places})]
        entry.flags = ["python-format"] if re.search(r"%\(\w+\)[sd]", singular) else []
        if language == "en":
            if plural:
                entry.msgstr_plural = {0: singular, 1: plural}
            else:
                entry.msgstr = singular
    catalogue.sort(key=lambda e: (e.msgid, e.msgctxt or ""))
    path.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(path))
    return len(catalogue.untranslated_entries())


def problems(language: str) -> list[str]:
    """Return the problems of a language's catalogue: missing, obsolete, untranslated or fuzzy entries, or
    placeholders that differ from the source. Empty if complete.
    """
    path = po_path(language)
    if not path.exists():
        return [f"{language}: there is no catalogue"]
    catalogue = polib.pofile(str(path))
    entries = {_key(entry): entry for entry in catalogue if not entry.obsolete}
    strings = collect()
    found = [f"{language}: missing: {key[1]!r}" for key in strings if key not in entries]
    found += [f"{language}: not used any more: {key[1]!r}" for key in entries if key not in strings]
    for entry in entries.values():
        if entry.fuzzy:
            found.append(f"{language}: fuzzy: {entry.msgid!r}")
        elif not entry.translated():
            found.append(f"{language}: not translated: {entry.msgid!r}")
        else:
            found += _wrong_placeholders(language, entry)
    return found


def _wrong_placeholders(language: str, entry: polib.POEntry) -> list[str]:
    def placeholders(text: str) -> set[str]:
        return set(re.findall(r"%\(\w+\)[sd]", text))

    source = placeholders(entry.msgid) | placeholders(entry.msgid_plural or "")
    texts = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
    # A singular may omit the number ("one ticket"), but no placeholder may be invented.
    wrong = [t for t in texts if placeholders(t) - source]
    if not entry.msgid_plural and placeholders(entry.msgstr) != source:
        wrong = [entry.msgstr]
    return [f"{language}: other placeholders: {entry.msgid!r} → {text!r}" for text in wrong]


def compile_all() -> None:
    """Compile each language's catalogue next to its source, if outdated."""
    for language, _name in settings.LANGUAGES:
        source = po_path(language)
        target = source.with_suffix(".mo")
        if source.exists() and (not target.exists() or target.stat().st_mtime < source.stat().st_mtime):
            polib.pofile(str(source)).save_as_mofile(str(target))
