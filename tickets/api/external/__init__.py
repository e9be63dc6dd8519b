"""The API for the flow engine's ticket service (docs/flow.md). A ticket is called *room* here, and only here."""
