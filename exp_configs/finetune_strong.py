"""Fine-tune with RandAugment, erasing, mixup or CutMix and smoothed labels. Serves any dataset and model.

    tools/run_train.py -D hmdb -M i3d_resnet50 -E finetune_strong

The ingredients of the MViT recipes (arXiv:2104.11227) in crop224_plateau: for large networks, or where training scores
run away from validation. `plots/first_batch.png` shows what the network is given. RandAugment's magnitude is
torchvision's, from 0 to 30. Mixing wants several clips per forward pass: `clips_per_device`.
Score, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit
from pyvideoai.data.augment import MixupOrCutMix, RandAugment, RandomErasing
from pyvideoai.data.pixels import HorizontalFlip, RandomResizedCrop

inherit(
    "crop224_plateau",
    train_pixels=[RandomResizedCrop(224), HorizontalFlip()],
    augment=[RandAugment(operations=2, magnitude=20), RandomErasing(0.25)],
    mix=MixupOrCutMix(),
    label_smoothing=0.1,
)
