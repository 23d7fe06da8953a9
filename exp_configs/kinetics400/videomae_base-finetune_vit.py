"""VideoMAE ViT-B by its own recipe on Kinetics-400.

    tools/run_train.py -D kinetics400 -M videomae_base -E finetune_vit

Source: MCG-NJU/VideoMAE, scripts/kinetics/videomae_vit_base_patch16_224_tubemasking_ratio_0.9_epoch_1600/finetune.sh
Published: Kinetics-400, 5 clips x 3 crops: 80.9 / 94.7
Reproduced, time, hardware: not yet measured.

5e-4 per 256 videos. Theirs ran on 64 GPUs of 6 videos, each taken twice in a step.
"""

from pyvideoai.config import inherit

inherit(
    "finetune_vit",
    pretrained="kinetics400_unlabelled",
    num_epochs=75,
    global_batch=384,
    learning_rate=0.00075,
    layer_decay=0.75,
)
