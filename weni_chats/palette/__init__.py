"""The command palette: quick search for tickets, contacts, sectors and pages anywhere in a project."""
