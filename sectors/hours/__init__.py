"""Work hours: the week, special days, holidays."""
