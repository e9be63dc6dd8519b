"""The API for the flow engine's ticket service of the type *generic* (docs/flow.md, Type generic)."""
