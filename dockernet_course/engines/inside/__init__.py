"""What runs in a private engine's own namespaces, or in its virtual machine. Standard library only."""
