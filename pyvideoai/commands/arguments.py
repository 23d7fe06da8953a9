"""The argument parser of every command: it has the option `--debug`, and a wrong option is an error of one line."""

import argparse
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from pyvideoai.config.values.entries import USUAL_NAMES
from pyvideoai.errors import UserError, hint, nearest, show_tracebacks
from pyvideoai.program import as_typed

SEE = "--help lists all options"
SETTING = re.compile(r"[\w.]+=|-+\w+\.\w")  # batch_size=4, --dataset.root


class Parser(argparse.ArgumentParser):
    """Parse arguments: an ArgumentParser with the option that all commands have, whose errors are UserErrors
    of one line.
    """

    def __init__(self, *arguments: object, **options: object) -> None:
        texts = {name: as_typed(str(options[name])) for name in ("description", "epilog") if options.get(name)}
        super().__init__(*arguments, **(options | texts))
        self.add_argument("--debug", action=_Debug, nargs=0, help="with an error, show the traceback of what led to it")

    def parse_args(self, args: Sequence[str] | None = None, namespace: Any = None) -> argparse.Namespace:
        # intermixed: arguments without a flag may stand between options, `a.mp4 --top 1 b.mp4`
        options, rest = self.parse_known_intermixed_args(args, namespace)
        if rest:
            raise UserError(self._unknown(rest[0]))
        return options

    def error(self, message: str) -> NoReturn:
        raise UserError(f"{message}; {SEE}")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(each) for each in action.choices]
            near = f"; {hint(str(value), choices)}" if nearest(str(value), choices) else ""
            raise argparse.ArgumentError(action, f"takes {' or '.join(choices)}, not {value!r}{near}")

    def _unknown(self, given: str) -> str:
        """Return the message for an argument that no option takes, with the nearest option."""
        known = self._option_string_actions
        if "--set" in known and SETTING.match(given):
            name, _, value = given.lstrip("-").partition("=")
            return f"unexpected argument {given!r}; a setting is given as --set {name}={value or '...'}"
        if "--from" in known and Path(given).is_dir():
            return f"unexpected argument {given!r}; an experiment's folder is given as --from {given}"
        if not given.startswith("-"):
            return f"unexpected argument {given!r}: {SEE}"
        option = given.partition("=")[0]
        setting = option.lstrip("-").replace("-", "_")
        usual = next((ours for ours, others in USUAL_NAMES.items() if setting in others), setting)
        usual = "dataset.root" if usual == "root" else usual  # --root is another one: where experiments are kept
        near = nearest(option.lstrip("-"), [each.removeprefix("--") for each in known if each.startswith("--")])
        if near and (usual == setting or usual in near):
            return f"unknown option {option!r}; did you mean '--{near[0]}'?"
        if "--set" not in known or len(setting) < 2:
            return f"unknown option {option!r}; {SEE}"
        return f"unknown option {option!r}; a setting is given as --set {usual}=..."


class _Debug(argparse.Action):
    def __call__(self, *arguments: object) -> None:
        show_tracebacks()
