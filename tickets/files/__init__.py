"""Files that people send: what they are (``sniffing``), what is made of them (``pictures``), where they are kept
(``keeping``), how they are linked to (``links``) and served (``serving``). Rules: docs/rules.md, Files."""
