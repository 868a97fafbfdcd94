"""Small scripts that run inside the observer container, sent there as text. Nothing imports them."""
