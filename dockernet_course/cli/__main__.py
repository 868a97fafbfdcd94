"""``python -m dockernet_course.cli``: the same as the command ``dockernet``."""

from dockernet_course.cli import app

app(prog_name="dockernet")
