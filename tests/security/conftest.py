"""The roles and the distribution of :mod:`tests.scenes`."""

from tests.scenes import exchange, form, foundation, genesis, holders, lvo, start, team

__all__ = ["exchange", "form", "foundation", "genesis", "holders", "lvo", "start", "team"]
