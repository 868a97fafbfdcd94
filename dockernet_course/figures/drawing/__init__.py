"""Layouts in plain numbers, the painter that makes shapes of them, and who renders these: matplotlib and SVG."""
