"""The project package: settings, URLs, serving. Imports every app; no app imports it."""
