"""The guide: chapters of docs/guide as pages, and which chapter belongs to which page."""
