"""One run: its settings and parts, the training loop, what a resume needs, `--check` and `--overfit`, the final scores.

Read `training.Training.fit` from top to bottom. Imports everything but commands, which alone import it.
"""
