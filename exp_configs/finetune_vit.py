"""Fine-tune a vision transformer as VideoMAE does on UCF-101: layer decay 0.7, strong augmentation, mixup or CutMix.

    tools/run_train.py -D hmdb -M videomae_base -E finetune_vit --set model.drop_path=0.2 --set model.dropout=0.5

Source: MCG-NJU/VideoMAE, scripts/ucf101/videomae_vit_base_patch16_224_tubemasking_ratio_0.75_epoch_3200/finetune.sh
and the defaults of run_class_finetuning.py: 5e-4 per 256 clips, weight decay 0.05, 5 epochs of warm-up, RandAugment of
4 operations with magnitude 7 of 10, erasing 0.25, smoothing 0.1; drop path 0.2 and dropout 0.5, which the model owns.
Theirs ends at a rate of 1e-5, takes each video twice in a step, and draws magnitudes around 7.
Score, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit, model_cfg
from pyvideoai.data.augment import MixupOrCutMix, RandAugment, RandomErasing
from pyvideoai.data.pixels import HorizontalFlip, RandomResizedCrop
from pyvideoai.data.views import Views

inherit(
    "finetune_adamw",
    num_epochs=100,
    warmup_epochs=5,
    learning_rate=6.25e-5,  # for the base's 32 clips a step
    head_factor=1.0,
    layer_decay=0.7,
    clip_grad_norm=None,
    train_pixels=[RandomResizedCrop(model_cfg.size), HorizontalFlip()],
    augment=[RandAugment(operations=4, magnitude=21), RandomErasing(0.25)],
    mix=MixupOrCutMix(),
    label_smoothing=0.1,
    val_views=Views(clips=1, crops=1, scale=model_cfg.size, size=model_cfg.size),
    test_views=Views(clips=5, crops=3, scale=model_cfg.size, size=model_cfg.size),
)
