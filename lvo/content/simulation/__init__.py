"""Agent-based runs of the market of reviews on its contract's twin: who errs, who earns, what corruption costs."""

from lvo.content.simulation.market import Market, Outcome, Yield, panel_odds, simulate
from lvo.content.simulation.people import Case, Dice, Kind, Person, World

__all__ = ["Case", "Dice", "Kind", "Market", "Outcome", "Person", "World", "Yield", "panel_odds", "simulate"]
