"""Callbacks to the flow engine: outbox, delivery, transport, signing, payloads."""
