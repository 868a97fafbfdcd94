"""A film's frames on one sheet."""
