"""Template tags of the sectors app."""
