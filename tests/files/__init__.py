"""File events, tested with real trees."""
