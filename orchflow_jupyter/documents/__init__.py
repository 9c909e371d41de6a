"""Documents that many edit at once: rooms, what they hold, and where it is kept; knows of no socket."""
