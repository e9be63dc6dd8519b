"""What knows no table: shared by every app."""
