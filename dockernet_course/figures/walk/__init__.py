"""A packet's walk, drawn on the map step by step."""
