"""The vesting curve of a grant, exactly as ``contracts/libraries/VestingCurve.sol`` computes it."""

from dataclasses import dataclass

from lvo.units import WHOLE, Wei


@dataclass(frozen=True, order=True)
class Schedule:
    """When a grant vests.

    Attributes
    ----------
    start
        When the linear rise begins, Unix seconds; below 2^32 on chain.
    cliff
        Before it nothing is vested, Unix seconds; ``start <= cliff <= end``.
    end
        From then on everything is vested, Unix seconds; at most 2^32 - 1 seconds after ``start`` on chain.
    initial_bps
        What is vested at once at the cliff, in 1/10,000 of the whole.
    """

    start: int
    cliff: int
    end: int
    initial_bps: int

    def vested(self, total: int, time: int) -> Wei:
        """Return what has vested of ``total`` wei at ``time``, in wei, rounded down.

        Nothing before the cliff; then ``initial + (total - initial) * (time - start) / (end - start)`` with
        ``initial = total * initial_bps / 10,000``, both divisions rounded down; everything from the end.
        """
        if time < self.cliff:
            return Wei(0)
        if time >= self.end:
            return Wei(total)
        initial = total * self.initial_bps // WHOLE
        return Wei(initial + (total - initial) * (time - self.start) // (self.end - self.start))

    def faster_than(self, pool: "Schedule") -> list[str]:
        """Name the fields in which this schedule is earlier or steeper than its pool's; empty if it may split off."""
        faster = [name for name in ("start", "cliff", "end") if getattr(self, name) < getattr(pool, name)]
        return faster + ["initial_bps"] * (self.initial_bps > pool.initial_bps)
