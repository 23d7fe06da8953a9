"""VideoMAE ViT-L by its own recipe on Kinetics-400.

    tools/run_train.py -D kinetics400 -M videomae_large -E finetune_vit

Source: MCG-NJU/VideoMAE, scripts/kinetics/videomae_vit_large_patch16_224_tubemasking_ratio_0.9_epoch_1600/finetune.sh
Published: Kinetics-400, 5 clips x 3 crops: 84.7 / 96.5
Reproduced, time, hardware: not yet measured.

2e-3 per 256 videos. Theirs ran on 64 GPUs of 2 videos, each taken twice in a step.
"""

from pyvideoai.config import inherit

inherit(
    "finetune_vit",
    pretrained="kinetics400_unlabelled",
    num_epochs=35,
    global_batch=128,
    learning_rate=0.001,
    layer_decay=0.75,
)
