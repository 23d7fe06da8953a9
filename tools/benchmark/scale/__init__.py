"""What grows with a dataset and with a run, measured without videos, and what a start takes."""
