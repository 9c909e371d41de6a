"""Clients of an engine: its control calls, and how one is found or started."""
