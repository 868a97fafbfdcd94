"""The map: topology → scene → sizes, order, places → shapes; the same in words and as a table."""
