"""Active messages: conversations that people start, through a flow of the engine (docs/rules.md, Active messages)."""
