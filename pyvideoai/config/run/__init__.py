"""Run the config files in one namespace, hand out their values and guarded hooks, keep them, send them to workers.

Imports text, values, errors; imported by load.
"""
