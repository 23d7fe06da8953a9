"""Trained networks for other programs: files that need no PyVideoAI, and one page that says how to feed them.

graphs    a network as torch.export's graph and as ONNX, each run again and held against the network itself
recipe    which frames and which pixels a network wants, and what its outputs mean: plain values for a JSON file
export    both of them, and the weights, for an experiment's folder
Imports scoring and what is below; imported by commands.
"""
