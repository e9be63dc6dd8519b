"""Who gets which ticket, and why one waits (docs/routing.md)."""

from .engine import capacities, comes_straight_back, place_with, plan, route, sweep

__all__ = ["capacities", "comes_straight_back", "place_with", "plan", "route", "sweep"]
