"""Helpers shared by every app; core defines no models."""
