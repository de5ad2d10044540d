"""The faults of the service: one exception, and the messages that several rules use.

The rules that make calls fail for a test are in `injection.py`.

Source: API Reference, "Errors" of each operation.
"""

BASE = "com.amazonaws.swf.base.model"

NAMESPACES = {
    "ValidationException": "com.amazon.coral.validate",
    "SerializationException": "com.amazon.coral.service",
    "ThrottlingException": "com.amazon.coral.availability",
    "AccessDeniedException": "com.amazon.coral.service",
    "RequestEntityTooLargeException": "com.amazon.coral.service",
    "UnrecognizedClientException": "com.amazon.coral.service",
    "UnknownOperationException": "com.amazon.coral.service",
    "InternalFailure": "com.amazon.coral.service",
}


class Fault(Exception):  # noqa: N818 (the service's word)
    """The service refuses a request.

    :param code: the name of the fault, without namespace.
    :param message: None: the response has no message.
    :param status: the HTTP status.
    """

    def __init__(self, code: str, message: str | None = None, status: int = 400) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status

    @property
    def type(self) -> str:
        """The qualified name that goes into `__type`."""
        return f"{NAMESPACES.get(self.code, BASE)}#{self.code}"


def invalid(message: str) -> Fault:
    """Return a ValidationException.

    :param message: the text of the fault.
    """
    return Fault("ValidationException", message)


def unknown(message: str) -> Fault:
    """Return an UnknownResourceFault.

    :param message: the text of the fault.
    """
    return Fault("UnknownResourceFault", message)


class UnknownDomainFault(Fault):
    """The account of the request has no domain of a name.

    :param domain: the name.
    """

    def __init__(self, domain: str) -> None:
        super().__init__("UnknownResourceFault", f"Unknown domain: {domain}")
        self.domain = domain


def unknown_run(workflow_id: str, run_id: str) -> Fault:
    """Return the fault for a run that does not exist, or is closed where it must be open."""
    return unknown(
        f"Unknown execution: WorkflowExecution=[workflowId={workflow_id}, runId={run_id}]"
    )


def unknown_workflow(workflow_id: str) -> Fault:
    """Return the fault for a workflow id without an open execution."""
    return unknown(f"Unknown execution, workflowId = {workflow_id}")
