"""Print the contracts as text, for --help-config and the documentation."""

import textwrap
from collections.abc import Sequence

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.lookup import FLAGS, FOLDERS
from pyvideoai.config.values.entries import has_default, signature, takes


def help_text(contracts: Sequence[Contract]) -> str:
    """Return every setting with its kind, default and meaning, and every hook with its parameters."""
    return "\n\n".join(_layer(contract) for contract in contracts)


def _layer(contract: Contract) -> str:
    entries = [line for entry in contract.entries for line in _entry(entry)]
    return "\n".join(
        [f"{contract.layer} configs ({FLAGS[contract.layer]} NAME: {FOLDERS[contract.layer]}/NAME.py)", *entries]
    )


def _entry(entry: Setting | Hook) -> list[str]:
    doc = textwrap.wrap(entry.doc, 108, initial_indent=" " * 8, subsequent_indent=" " * 8)
    if isinstance(entry, Hook):
        return [f"    def {signature(entry)}{': required' if entry.required else ''}", *doc]
    return [
        f"    {entry.name}: {takes(entry)}; {f'default {entry.default!r}' if has_default(entry) else 'required'}",
        *doc,
    ]
