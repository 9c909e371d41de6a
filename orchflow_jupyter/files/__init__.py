"""What changed below a directory: watched, coalesced and held for those who listen; knows of no socket."""
