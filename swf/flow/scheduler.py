"""`Progress`: how far each step of a flow is, kept up to date with what is new in a run.

A step is opened when all instances of all that it requires are done; then its instances are known
and do not change any more. Each instance stands somewhere (`verdict.py`), and a step counts its
own, so that a decision looks at what has news and at what it has to decide, and at nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import attrs

from swf.flow import expansions
from swf.flow.builtin_steps import SignalStep
from swf.flow.continuation import ContinuationState
from swf.flow.definition import Definition
from swf.flow.flow_state import FlowState
from swf.flow.instance_status import InstanceProgress, InstanceStatus, verdict
from swf.flow.step import StepInstance
from swf.flow.step_state import ActivityFailedError, StepState, delayed, step_continuation
from swf.models.decision import Decision


class Scheduler:
    """How far a run of a flow is."""

    def __init__(self, definition: Definition, run: FlowState) -> None:
        self.run = run
        self.nodes = {str(s.name): StepState(s, i) for i, s in enumerate(definition.steps)}
        for node in self.nodes.values():
            for name in {str(required.name) for required in node.step.requires}:
                if name in self.nodes:
                    self.nodes[name].behind.append(node)
        self._unfinished = len(self.nodes)
        self._holders: dict[str, StepState] = {}
        self._waits: list[StepState] = []
        # Nodes by their order: to be opened, to be asked for instances, with something to decide,
        # with something under way, with too many failures.
        self._ready: list[StepState] = []
        self._unexpanded: dict[int, StepState] = {}
        self._deciding: dict[int, StepState] = {}
        self._alive: dict[int, StepState] = {}
        self._broken: dict[int, StepState] = {}
        #: Whether it was said that it continues as new, or that what it would carry does not fit.
        self.budget_warning_logged = False
        self.size_error_logged = False
        #: Steps whose instances were asked for and are not recorded yet.
        self._unrecorded: dict[str, StepState] = {}
        #: Waits that took a signal, which is not recorded yet.
        self._unconfirmed: set[str] = set()
        run.drain_changes()  # whatever it is, it is seen when a step is opened
        self._open([node for node in self.nodes.values() if not node.missing])

    @property
    def is_complete(self) -> bool:
        """Whether all steps are."""
        return not self._unfinished

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way."""
        return not self._alive

    @property
    def is_stale(self) -> bool:
        """Whether it stands on what the history has not recorded: instances, signals taken."""
        return bool(self._unrecorded or self._unconfirmed)

    def advance(self) -> None:
        """Take in what is new in the run."""
        for key in self.run.drain_changes():
            if key in self._holders:
                self._place(self._holders[key], key)
            if key in self.nodes:
                self._recorded(self.nodes[key])
            if key in self._unconfirmed and self.run.inbox.taken(key):
                self._unconfirmed.discard(key)
        self._open([])

    def receive(self) -> list[Decision]:
        """Let waits take the signals that came for them; return what records it."""
        decisions: list[Decision] = []
        while taken := self._receive_one():
            decisions += taken
        return decisions

    def _receive_one(self) -> list[Decision]:
        for node in sorted(self._waits, key=lambda node: node.order):
            for activity_id in node.active_ids:
                if taken := node.step.receive(self.run, activity_id):
                    self._unconfirmed.add(activity_id)
                    self._review_waits()
                    return taken
        return []

    def _review_waits(self) -> None:
        """Place the waits anew: what one took, another one cannot."""
        for node in self._waits:
            for activity_id in node.active_ids:
                self._place(node, activity_id)
        self._open([])

    def failure(self) -> ActivityFailedError | None:
        """Return the error of the first instance that failed for good, if one is too many."""
        if not self._broken:
            return None
        node = self._broken[min(self._broken)]
        activity_id = next(i for i in node.instances or () if i in node.failed)
        return self.error(node, activity_id)

    def error(self, node: StepState, activity_id: str) -> ActivityFailedError:
        """Return what to say about an instance that failed."""
        state = node.step.state_in(self.run, activity_id)
        if state is None:
            return ActivityFailedError(activity_id)
        return ActivityFailedError(activity_id, state.failures, state.reason)

    def expand(self) -> list[Decision]:
        """Ask the generators of the steps that have become ready; return what records it.

        :raises Exception: whatever a generator raises.
        """
        decisions: list[Decision] = []
        while self._unexpanded:
            node = self._unexpanded[min(self._unexpanded)]
            instances = expansions.expand(node.step, self.run.known)
            decisions += expansions.record(node.name, instances, self.run.codec)
            self._unrecorded[node.name] = node
            self._populate(node, instances)
            self._open([])
            decisions += self.receive()
        return decisions

    def decisions(self, draining: bool = False) -> list[Decision]:
        """Return the decisions that try again what is to be, and begin what may begin.

        :param draining: whether nothing begins.
        """
        return [
            decision
            for order in sorted(self._deciding)
            for decision in self._decide(self._deciding[order], draining)
        ]

    @property
    def is_busy(self) -> bool:
        """Whether something is under way that comes to an end, as a wait for a signal may not."""
        return any(not isinstance(node.step, SignalStep) for node in self._alive.values())

    @property
    def may_begin(self) -> bool:
        """Whether there is something new that could begin now."""
        return bool(self._unexpanded) or any(node.due() for node in self._deciding.values())

    def carry(self) -> ContinuationState:
        """Return what an execution after this one is handed."""
        return attrs.evolve(
            self.run.carry(),
            steps={
                name: step_continuation(node)
                for name, node in self.nodes.items()
                if node.instances is not None
                and (node.done or node.finished or node.step.is_expanded)
            },
            results={},
            failures={},
        )

    def available(self) -> Iterator[StepInstance]:
        """Yield the instances that may begin, or be tried again, now."""
        for order in sorted(self._deciding):
            node = self._deciding[order]
            due = {i for i, found in node.retrying.items() if found.status is InstanceStatus.DUE}
            due.update(node.due())
            yield from (self.instance(node, i) for i in node.instances or () if i in due)

    def uncomplete(self) -> Iterator[StepInstance]:
        """Yield the instances that are not done; a step whose own are not known counts as one."""
        for node in self.nodes.values():
            if node.instances is None:
                yield node.step.instance({}, self.run.known)
            for activity_id in node.instances or ():
                if activity_id not in node.done and not node.finished:
                    yield self.instance(node, activity_id)

    def instance(self, node: StepState, activity_id: str) -> StepInstance:
        """Return an instance with the context as it is now."""
        local = (node.instances or {})[activity_id]
        instance = node.step.instance(local, self.run.known)
        instance.pool_size = node.total
        instance.codec = self.run.codec
        return instance

    def _decide(self, node: StepState, draining: bool) -> Iterator[Decision]:
        ids = [i for i in node.instances or () if i in node.retrying] if node.retrying else []
        for activity_id in ids:
            found = node.retrying[activity_id]
            if found.status is InstanceStatus.DELAYED:
                yield delayed(self.run, node.step, activity_id, found.delay)
            else:
                yield from self._start(node, activity_id)
        for activity_id in () if draining else node.due():
            yield from self._start(node, activity_id)

    def _start(self, node: StepState, activity_id: str) -> Iterator[Decision]:
        decision = node.step.start(self.instance(node, activity_id), activity_id)
        if decision is not None:
            yield decision

    def _open(self, nodes: Iterable[StepState]) -> None:
        """Open steps, and all that becomes ready by that."""
        self._ready += nodes
        while self._ready:
            node = self._ready.pop()
            carried = self.run.carried.steps.get(node.name)
            recorded = self.run.expansions.whole.get(node.name)
            if carried is not None:
                self._populate(node, carried.instances, carried.done, carried.failed)
            elif recorded is not None:
                self._populate(node, recorded)
            elif node.step.is_expanded:
                self._unexpanded[node.order] = node
            else:
                self._populate(node, [{}])

    def _recorded(self, node: StepState) -> None:
        recorded = self.run.expansions.whole[node.name]
        if node.order in self._unexpanded:
            self._populate(node, recorded)
        elif node.name in self._unrecorded and list((node.instances or {}).values()) == recorded:
            del self._unrecorded[node.name]

    def _populate(
        self,
        node: StepState,
        instances: list[dict[str, Any]],
        done: Iterable[int] = (),
        failed: Iterable[int] = (),
    ) -> None:
        """Make the instances of a step known; some of them an execution before this one did."""
        self._unexpanded.pop(node.order, None)
        ids = [node.step.instance(local, {}).id for local in instances]
        node.instances = dict(zip(ids, instances, strict=True))
        carried = {ids[i]: InstanceProgress(InstanceStatus.DONE) for i in done}
        carried.update({ids[i]: InstanceProgress(InstanceStatus.FAILED) for i in failed})
        if isinstance(node.step, SignalStep) and node not in self._waits:
            self._waits.append(node)
        for activity_id in node.instances:
            self._holders[activity_id] = node
            found = carried.get(activity_id) or self._verdict(node, activity_id)
            node.place(activity_id, found)
        self._settle(node)

    def _place(self, node: StepState, activity_id: str) -> None:
        node.place(activity_id, self._verdict(node, activity_id))
        self._settle(node)

    def _verdict(self, node: StepState, activity_id: str) -> InstanceProgress:
        return verdict(node.step, node.step.state_in(self.run, activity_id), self.run)

    def _settle(self, node: StepState) -> None:
        """Bring the lists of nodes up to date with one."""
        for nodes, belongs in (
            (self._deciding, node.new or node.retrying),
            (self._alive, node.active),
            (self._broken, node.is_broken),
        ):
            if belongs:
                nodes[node.order] = node
            else:
                nodes.pop(node.order, None)
        if node.is_complete and not node.finished:
            self._finish(node)

    def _finish(self, node: StepState) -> None:
        node.finished = True
        self._unfinished -= 1
        for other in node.behind:
            other.missing -= 1
            if not other.missing:
                self._ready.append(other)
