"""Learn Docker networking on a live engine."""
