"""Demo data: a project with people and a realistic past (``manage.py demo``).

The past is simulated rather than random: tickets arrive by hour and weekday, wait, and are assigned by the rules of
docs/rules.md, Routing, so the data has the properties of real data.
"""
