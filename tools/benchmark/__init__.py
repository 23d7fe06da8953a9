"""What is measured beside the peers and the limits; machine: the line that says on what."""
