"""People: users, organizations, projects, memberships, and the one rule of access."""
