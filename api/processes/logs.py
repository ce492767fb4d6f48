"""Structured logs on stderr: one JSON object a line, names and ids, never bodies."""

from __future__ import annotations

import logging
import sys
from typing import Final

import orjson
import structlog

from domain.card_numbers import mask_card_numbers

LEVELS: Final = logging.getLevelNamesMapping()


def start_logging(level: str, process: str) -> None:
    """Standard logging goes through structlog, so that every library's lines look alike."""

    def name_process(
        _: object, __: str, event: structlog.typing.EventDict
    ) -> structlog.typing.EventDict:
        return {"process": process, **event}

    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _mask,
            name_process,
            structlog.processors.JSONRenderer(serializer=_dumps),
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(LEVELS[level.upper()])
    # Its lines about starting and ending repeat what our own processes say of themselves.
    # It tells of every try to connect; whoever uses the pool tells of the outage, once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)
    logging.getLogger("uvicorn.error").setLevel(max(LEVELS[level.upper()], logging.WARNING))


def _mask(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A library's text may quote what a gateway sent; before the lines are joined into one."""
    return {
        name: mask_card_numbers(value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def _dumps(event: object, **_: object) -> str:
    return orjson.dumps(event, default=repr).decode()
