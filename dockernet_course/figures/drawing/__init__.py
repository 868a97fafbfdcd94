"""Shapes in plain numbers, and the two painters: matplotlib and SVG."""
