"""Demo data: a project with people, and a past that looks lived in (``manage.py demo``).

The past is simulated, not thrown together: tickets arrive as hours and weekdays have it, wait, and are given to
agents by the rule of docs/rules.md, Routing, so that everything true of real data is true of it.
"""
