"""Files of tables as responses."""

from collections.abc import Iterable, Iterator, Sequence
from tempfile import TemporaryFile

from django.http import FileResponse, StreamingHttpResponse
from django.utils import translation

from .columns import Cell
from .csv_file import as_csv
from .xlsx_file import write_xlsx

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def csv_response(lines: Iterable[Sequence[Cell]], name: str) -> StreamingHttpResponse:
    """Return a response that streams rows as CSV in the active language; ``name`` is without extension."""
    parts = _in_language(translation.get_language(), as_csv(lines))
    response = StreamingHttpResponse(parts, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_response(lines: Iterable[Sequence[Cell]], name: str) -> FileResponse:
    """Return a response with the rows as XLSX; ``name`` is without extension.

    The format is complete only at its end, so all rows are read first.
    """
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    write_xlsx(lines, file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{name}.xlsx", content_type=_XLSX)


def _in_language(language: str | None, texts: Iterator[str]) -> Iterator[str]:
    """Make each part in a language: a streamed response goes on outside of the request."""
    while True:
        with translation.override(language):
            text = next(texts, None)
        if text is None:
            return
        yield text
