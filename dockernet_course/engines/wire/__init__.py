"""What a keeper and its virtual machine speak to each other. Standard library only."""
