"""Watched trees, on real directories."""
