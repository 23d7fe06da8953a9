"""Runs that are killed, filled up and damaged again and again: what `tools/soak.py` does. It never ships."""
