"""Immutable models of what Amazon SWF holds: domains, types, executions, events, decisions."""

from swf.models.domain import Domain as Domain
from swf.models.domain import DomainAlreadyExists as DomainAlreadyExists
from swf.models.domain import DomainDoesNotExist as DomainDoesNotExist
