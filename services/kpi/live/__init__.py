"""The stream that tells open pages when there is something new; a process of its own."""
