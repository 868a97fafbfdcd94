"""The process beside the course that holds a private engine, and how to talk to it. Standard library only."""
