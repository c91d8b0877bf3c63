"""One line of JSON for each exchange and each message of the server, on standard error."""

import json
import logging
import time

from elbax.web.exchange import Exchange

LOGGER = "elbax.web"


def log_exchange(exchange: Exchange) -> None:
    """Write the line of one exchange: who asked for what, its status, times and sizes; nothing of what it holds."""
    logger = logging.getLogger(LOGGER)
    if not logger.isEnabledFor(logging.INFO):
        return
    facts = {
        "request_id": exchange.request_id,
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "ms": round(1000 * exchange.seconds, 2),
        "bytes_in": exchange.bytes_in,
        "bytes_out": exchange.bytes_out,
        **exchange.facts,
    }
    logger.info("request", extra={"facts": facts})


class JsonLines(logging.Formatter):
    """Records as lines of JSON.

    Example:
        >>> record = logging.makeLogRecord({"msg": "ready", "levelname": "INFO", "created": 0.0})
        >>> JsonLines().format(record)
        '{"time": "1970-01-01T00:00:00.000Z", "level": "info", "message": "ready"}'
    """

    def format(self, record: logging.LogRecord) -> str:
        milliseconds = int(1000 * (record.created % 1))
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        line = {"time": f"{moment}.{milliseconds:03d}Z", "level": record.levelname.lower()}
        line |= {"message": record.getMessage(), **getattr(record, "facts", {})}
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def logging_config(level: str = "INFO") -> dict:
    """The settings of `logging` under which a server writes lines of JSON."""
    handler = {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}
    loggers = {name: {"handlers": ["stderr"], "level": level, "propagate": False} for name in (LOGGER, "uvicorn")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonLines}},
        "handlers": {"stderr": handler},
        "loggers": loggers,
    }
