"""Finds an engine, or starts one, and says which one it took: runs in the course's process."""
