"""Structured logging: one line per event, with the request id; JSON unless standard error is a terminal."""

import logging
import sys
from typing import Any

import structlog


class RouteForAddress(logging.Filter):
    """Log the route instead of the URL, since URLs of invitations and password resets contain secrets."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite Django's request messages; filters nothing out."""
        request = getattr(record, "request", None)
        path = getattr(request, "path", "")
        if path:
            match = getattr(request, "resolver_match", None)
            record.msg = record.getMessage().replace(path, f"/{match.route}" if match else "(no route)")
            record.args = None
        return True


def configuration(*, as_json: bool | None = None, level: str = "INFO") -> dict[str, Any]:
    """Return the LOGGING setting. ``as_json`` None: JSON unless standard error is a terminal."""
    if as_json is None:
        as_json = not sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    final: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if as_json:
        final.append(structlog.processors.format_exc_info)
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "processors": [*final, renderer],
                "foreign_pre_chain": shared,
            }
        },
        "filters": {"route": {"()": RouteForAddress}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.server": {"handlers": ["stderr"], "level": "WARNING", "propagate": False},
            "django.request": {"filters": ["route"]},
            "procrastinate": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpcore": {"level": "WARNING"},
        },
    }
