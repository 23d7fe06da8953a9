"""Write into a run's snapshot what was settled after it was made."""

from pyvideoai.config.load import load_snapshot
from pyvideoai.config.run.snapshot import replace_override
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.experiment import ExperimentFolder


def keep_setting(folder: ExperimentFolder, name: str, value: object) -> None:
    """Pin the experiment's setting `name` in the snapshot as `--set name=value` does, and write its table anew."""
    replace_override(folder.configs, name, f"{name}={value}")
    load_snapshot(CONTRACTS, folder.configs).write_table(folder.configs)
