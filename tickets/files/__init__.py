"""Files of messages (docs/rules.md, Files): what the channel keeps is fetched, programs get signed addresses."""
