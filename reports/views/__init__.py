"""Pages that look back: history (``history``) and dashboard (``dashboard``)."""
