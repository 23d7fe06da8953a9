"""Networks and their weights. A network takes float (N, 3, T, H, W) and gives logits, in training and evaluation alike.

`settings`, `normalise` and `weights.table` are light; the networks import torch. Imports only ground modules and
the config vocabulary.
"""
