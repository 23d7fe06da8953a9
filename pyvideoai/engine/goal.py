"""What a run measures and which of it chooses: the experiment's settings, or what the dataset's labels suggest."""

from dataclasses import dataclass

from pyvideoai.config.load import Config
from pyvideoai.metrics import MeanAveragePrecision, MeanClassAccuracy, Metric, Top1, Top5

SINGLE_LABEL = (Top1(), Top5(), MeanClassAccuracy())
MULTI_LABEL = (MeanAveragePrecision(),)


@dataclass(frozen=True)
class Goal:
    """metrics: what is reported besides the loss. select: the value behind best.pth, such as "val/top1"."""

    metrics: tuple[Metric, ...]
    select: str

    @property
    def main(self) -> str:
        """The name of the first metric, "top1" or "map"; "loss" where there is none."""
        return self.metrics[0].name if self.metrics else "loss"


def goal_of(config: Config) -> Goal:
    """The settings `metrics` and `select`; where they are None, those of single- or multi-label datasets."""
    metrics, select = config.exp.metrics, config.exp.select
    if metrics is None:
        metrics = MULTI_LABEL if config.dataset.multi_label else SINGLE_LABEL
    return Goal(metrics, select or f"val/{Goal(metrics, '').main}")
