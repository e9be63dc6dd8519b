"""One way to find and to sort, wherever people look for something."""
