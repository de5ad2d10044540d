"""One turn of a loop that polls, for those who write the loop themselves: it goes on, whatever."""

from __future__ import annotations

import logging
import time
from typing import Any

from swf.actors import Actor


def poll_once(actor: Actor[Any], logger: logging.Logger, failed: int) -> int:
    """Poll and do what came; return how many polls in a row have failed by now.

    What goes wrong is logged, and the next poll waits a little longer each time.

    :param failed: how many in a row had failed before.
    """
    try:
        actor.poll_once()
    except Exception as error:
        logger.error(error, exc_info=True)
        time.sleep(actor.backoff.delay(failed + 1))
        return failed + 1
    return 0
