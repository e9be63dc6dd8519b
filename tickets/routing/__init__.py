"""Assign tickets to agents, and explain why a ticket waits (docs/routing.md)."""

from .engine import capacities, comes_straight_back, place_with, plan, route, sweep

__all__ = ["capacities", "comes_straight_back", "place_with", "plan", "route", "sweep"]
