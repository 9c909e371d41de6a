"""Many live terminals in Jupyter."""
