"""Training and evaluation: the loop, checkpoints, schedules, processes. Imports everything below; only tools/ imports it."""
