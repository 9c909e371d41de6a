"""The wire, as pure code: bytes to messages and back; imports the standard library only."""
