"""Our terminals, Jupyter's own and a bare PTY, measured side by side: `python -m benchmarks`."""
