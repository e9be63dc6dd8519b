"""Files that people send each other (docs/rules.md, Files): what they are, limits, storage, serving."""
