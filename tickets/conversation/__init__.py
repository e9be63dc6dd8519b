"""Conversations: lines, events, search, mentions, automatic messages."""
