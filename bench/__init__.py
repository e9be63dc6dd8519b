"""Benches and long proofs, run by hand: `python -m bench.routing`, `python -m bench.storm` (docs/routing.md)."""
