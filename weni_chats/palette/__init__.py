"""The command palette: from anywhere in a project to a ticket, a contact, a sector or a page, by a few letters."""
