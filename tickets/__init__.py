"""Contacts, tickets and messages; routing, the desk, the API for flow engines and its callbacks."""
