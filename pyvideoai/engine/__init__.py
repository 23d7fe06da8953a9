"""Training and evaluation: the loop, checkpoints, schedules, processes. Imports everything below it; only tools do."""
