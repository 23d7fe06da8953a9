"""`python -m pyvideoai train ...`, `torchrun --nproc_per_node 4 -m pyvideoai train ...`: as the command `pyvideoai`."""

from pyvideoai.commands.main import program

if __name__ == "__main__":
    program()
