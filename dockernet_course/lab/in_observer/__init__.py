"""Small scripts that run inside the observer container, sent there as text. Nothing imports them."""

from importlib.resources import files

__all__ = ["argv"]


def argv(script: str, *arguments: str) -> list[str]:
    """The command that runs ``script`` (a file name in this folder) in the observer."""
    return ["python3", "-ISc", files(__name__).joinpath(script).read_text(encoding="utf-8"), *arguments]
