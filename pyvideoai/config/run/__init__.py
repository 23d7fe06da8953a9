"""The files at work: they run in one namespace, hand out values and guarded hooks, are kept, and travel to workers.

Imports text, values, errors; imported by load.
"""
