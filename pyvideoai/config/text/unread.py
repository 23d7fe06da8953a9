"""Refuse `--set` of a setting that only config files read and none of them does: it would change nothing."""

import ast
from collections.abc import Collection, Iterable

from pyvideoai.config.errors import ConfigError
from pyvideoai.config.text.chain import Chain
from pyvideoai.config.values.overrides import Override


def refuse_unread(chains: Collection[Chain], overrides: Iterable[Override]) -> None:
    """Raise ConfigError for an override that nothing reads, as far as the text of all layers' files shows."""
    if not all(chain.is_whole for chain in chains):
        return
    for override in (each for each in overrides if each.setting.for_configs):
        own = next(chain for chain in chains if chain.contract.layer == override.layer)
        others = [chain for chain in chains if chain is not own]
        if override.setting.name not in _names_read(own) | _attributes(others):
            name = override.setting.name
            raise ConfigError(f"{override.place}: {own.chosen.label} never reads {name}; it would change nothing")


def _names_read(chain: Chain) -> set[str]:
    return {read.name for source in chain.sources.values() for read in source.reads}


def _attributes(chains: Iterable[Chain]) -> set[str]:
    """Return every name after a dot, such as `size` in `model_cfg.size`."""
    trees = [source.tree for chain in chains for source in chain.sources.values()]
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
