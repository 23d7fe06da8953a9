"""video-nonlocal-net's recipe for its affine networks: 400k iterations of 16 clips from the 8x8 baseline.

    tools/run_train.py -D kinetics400 -M i3d_resnet50_vnl32x4affine -E nonlocalnet_affine_400k

Source: facebookresearch/video-nonlocal-net, scripts/run_i3d_baseline_affine_400k.sh and run_i3d_nlnet_affine_400k.sh
Published: with the pairs in exp_configs/kinetics400/. Reproduced, time, hardware: not yet measured.

400k iterations are 27.3 epochs of its 234,643 clips; ours are whole: 27, 395,955 steps. Theirs ran on 8 GPUs of 2
clips.
"""

from pyvideoai.config import inherit

inherit(
    "nonlocalnet_400k",
    num_epochs=27,
    global_batch=16,
    clips_per_device=2,
    learning_rate=0.0025,
    precise_bn=0,
    pretrained="kinetics400_8x8",
)
