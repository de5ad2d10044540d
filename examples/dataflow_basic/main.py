"""Run the workflow with `run_local`, then with a decider and workers on a shared service."""

import contextlib
import sys

from workflow import Basic

import swf
from swf.dataflow import run_local, standalone
from swf.exceptions import AlreadyExistsError
from swf.local import LocalSWF


def main(x: int) -> None:
    print("local:", run_local(Basic, x))
    with LocalSWF(poll_timeout=0.5) as service:
        # Without `connection=`, the domain is on AWS, or at the endpoint of the settings.
        domain = swf.Domain("example", connection=service.connection())
        with contextlib.suppress(AlreadyExistsError):
            domain.save()
        print("standalone:", standalone(Basic, x, domain=domain, workers=2))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
