"""Notebooks to begin with, and the demo that runs the first of them by itself."""
