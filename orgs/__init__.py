"""People, organizations, projects, memberships, and permissions."""
