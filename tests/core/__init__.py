"""Tests of what knows no table."""
