"""The argument parser of every command: it knows `--debug`."""

import argparse

from pyvideoai.errors import show_tracebacks


class Parser(argparse.ArgumentParser):
    """An ArgumentParser with the option that all commands have."""

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.add_argument("--debug", action=_Debug, nargs=0, help="with an error, show the traceback of what led to it")


class _Debug(argparse.Action):
    def __call__(self, *arguments: object) -> None:
        show_tracebacks()
