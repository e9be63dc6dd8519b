"""What a conversation shows: lines, events, search, mentions, texts."""
