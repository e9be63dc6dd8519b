"""The project: settings, addresses, serving. Imports every app; no app imports it."""
