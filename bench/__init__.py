"""Benchmarks and long-running checks, run by hand: `python -m bench.routing`, `python -m bench.storm`
(docs/routing.md)."""
