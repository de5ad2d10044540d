import json
import logging

import pytest

from swf.local.logs import JSONFormatter, log_to_stderr

logger = logging.getLogger("swf.local.example")


@pytest.mark.parametrize("name", ["text", "json"])
def test_control_characters_are_escaped(capsys, name):
    with log_to_stderr(name):
        logger.warning("access key %s", "\x1b[31mred\x7f\x9b\u202e")

    error = capsys.readouterr().err
    assert error.isascii()
    assert error.rstrip("\n").isprintable()


def test_json_log_has_one_object_per_line(capsys):
    with log_to_stderr("json"):
        logger.info("first\nline", extra={"fields": {"url": "http://x"}})
        try:
            raise ValueError("broken")
        except ValueError:
            logger.exception("second")

    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert (first["level"], first["logger"]) == ("INFO", "swf.local.example")
    assert (first["message"], first["url"]) == ("first\nline", "http://x")
    assert second["exception"].endswith("ValueError: broken")


def test_time_of_a_json_log_has_a_zone():
    record = logging.LogRecord("swf.local", logging.INFO, "", 0, "text", None, None)
    record.created = 0.5

    assert json.loads(JSONFormatter().format(record))["time"] == "1970-01-01T00:00:00.500+00:00"


def test_handlers_return_afterwards():
    root = logging.getLogger()
    handlers = root.handlers[:]

    with log_to_stderr("text"):
        assert root.handlers != handlers

    assert root.handlers == handlers
