"""What every machine shares: a chain and a twin side by side, a trace that can be replayed, and a budget of steps.

A machine is written once. Its rules take plain numbers and names, so that what Hypothesis found on one backend is
written down as JSON and replayed on the other (``make replay FILE=... BACKEND=...``). Each rule acts on the contract
and on its twin and compares: the same events in the same order, or the same error with the same facts.
"""

import contextlib
import functools
import json
import os
import pathlib
import sys
import time as wall
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from lvo.models.base import Clock, Revert
from lvo.units import DAY, MONTH
from tests.chain.artifacts import Error
from tests.chain.interface import Chain, Contract, Receipt
from tests.chain.revm import RevmChain

ROOT = pathlib.Path(__file__).resolve().parents[2]
MUTANT = "LVO_ARTIFACTS" in os.environ
"""Whether a mutant is tested (tools/mutate.py): nobody reads its steps, so they are not shrunk."""
FAILURES = pathlib.Path(os.environ.get("LVO_FAILURES", ROOT / "reports" / "failures"))

waits = st.sampled_from((0, 0, 1, 1, 12, 3_600, DAY, MONTH))
"""Seconds between a step and the one before; often none, so that many steps share a second."""


def step(
    only_if: Callable[[Any], bool] | None = None, **strategies: st.SearchStrategy[Any]
) -> Callable[[Callable[..., None]], Any]:
    """Make a method a rule whose name and arguments are traced; ``only_if`` says when it is worth trying."""

    def decorate(method: Callable[..., None]) -> Any:
        @functools.wraps(method)
        def traced(self: "Machine", **arguments: Any) -> None:
            self.trace.append((method.__name__, arguments))
            type(self).steps += 1
            with self.noting_failure():
                method(self, **arguments)
                self.after_step()

        traced.untraced = method  # type: ignore[attr-defined]
        made = rule(**strategies)(traced)
        return precondition(only_if)(made) if only_if else made

    return decorate


class Machine(RuleBasedStateMachine):
    """A contract under random treatment beside its twin.

    Attributes
    ----------
    make_chain
        Makes the chain of an example; set by :func:`run`.
    steps
        How many rules were run since the class was made, over all examples.
    trace
        The rules of this example with their arguments.
    failure
        The trace of the last example that failed.
    """

    make_chain: ClassVar[Callable[[], Chain]] = RevmChain
    steps: ClassVar[int] = 0
    failure: ClassVar[list[tuple[str, dict[str, Any]]]] = []

    def __init__(self) -> None:
        super().__init__()
        self.trace: list[tuple[str, dict[str, Any]]] = []
        self.chain = type(self).make_chain()
        self._mark = self.chain.snapshot()
        self.clock = Clock(self.chain.time)
        self.build()

    def build(self) -> None:
        """Deploy the contracts and make their twins."""

    def after_step(self) -> None:
        """Check the invariants that are cheap enough for every step."""

    def finish(self) -> None:
        """Check everything, then drain to zero by permissionless calls alone."""

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                with self.noting_failure():
                    self.finish()
        finally:
            self.chain.rollback(self._mark)

    @contextlib.contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Keep the trace of a failing example; the last that Hypothesis runs is the shortest."""
        try:
            yield
        except Exception:
            type(self).failure = list(self.trace)
            raise

    def act(
        self,
        contract: Contract,
        function: str,
        *args: Any,
        sender: str,
        wait: int = 0,
        twin: Callable[..., Any],
        twin_args: tuple[Any, ...] | None = None,
        **twin_facts: Any,
    ) -> Receipt:
        """Send a transaction and let the twin predict it; compare error or events."""
        receipt = contract.try_send(function, *args, sender=sender, at=self.chain.time + wait)
        # The twin goes second, because Ganache may slip into the next second.
        self.clock.time = receipt.time
        self.clock.events.clear()
        error, events = None, []
        try:
            twin(*(args if twin_args is None else twin_args), sender=sender, **twin_facts)
            events = list(self.clock.events)
        except Revert as revert:
            error = Error(revert.name, revert.facts)
        assert receipt.error == error, f"{function}{args} by {sender}: chain {receipt.error}, twin {error}"
        assert receipt.events == events, f"{function}{args} by {sender}:\n chain {receipt.events}\n twin  {events}"
        return receipt


@dataclass(frozen=True)
class Budget:
    """How much a machine does.

    Attributes
    ----------
    steps
        At least so many in all.
    depth
        At most so many in an example.
    examples
        So many in a seed. Hypothesis makes the first tenth of them very short.
    seconds
        No new seed is begun after this time.
    """

    steps: int
    depth: int
    examples: int
    seconds: float


def run(machine: type[Machine], make_chain: Callable[[], Chain], budget: Budget, first_seed: int) -> tuple[int, int]:
    """Run a machine until it has made enough steps, or its time is over; a failure is shrunk and written down.

    Returns the number of steps made and the number of seeds used.
    """
    bound = type(machine.__name__, (machine,), {"make_chain": staticmethod(make_chain), "steps": 0})
    deadline = wall.monotonic() + budget.seconds
    number = first_seed
    while bound.steps < budget.steps and (number == first_seed or wall.monotonic() < deadline):
        how = settings(
            max_examples=budget.examples,
            stateful_step_count=budget.depth,
            deadline=None,
            database=None,
            verbosity=Verbosity.quiet,
            phases=(Phase.generate,) if MUTANT else (Phase.generate, Phase.shrink),
            suppress_health_check=HealthCheck.all(),
            report_multiple_bugs=False,
            print_blob=False,
        )
        try:
            run_state_machine_as_test(seed(number)(bound), settings=how)
        except Exception as failure:
            file = _write_down(bound, number)
            raise AssertionError(
                f"{machine.__name__} failed with seed {number}; the shrunk steps are in {file}; "
                f"replay them: make replay FILE={file} BACKEND=revm"
            ) from failure
        number += 1
    return bound.steps, number - first_seed


def _write_down(machine: type[Machine], number: int) -> pathlib.Path:
    FAILURES.mkdir(parents=True, exist_ok=True)
    file = FAILURES / f"{machine.__name__}-{number}.json"
    trace = [[name, arguments] for name, arguments in machine.failure]
    file.write_text(json.dumps({"machine": machine.__name__, "seed": number, "steps": trace}, indent=1) + "\n")
    return file.relative_to(FAILURES.parents[1])


def replay(machine: type[Machine], make_chain: Callable[[], Chain], trace: list[tuple[str, dict[str, Any]]]) -> None:
    """Run written-down steps on any backend, and the end of the machine after them."""
    bound = type(machine.__name__, (machine,), {"make_chain": staticmethod(make_chain)})
    instance = bound()
    try:
        for name, arguments in trace:
            getattr(bound, name).untraced(instance, **arguments)
            instance.after_step()
    finally:
        instance.teardown()


__all__ = ["Budget", "Machine", "replay", "run", "step", "waits"]
