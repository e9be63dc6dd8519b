"""Contacts, tickets, messages; routing, lifecycle, the desk, the wire to the flow engine."""
