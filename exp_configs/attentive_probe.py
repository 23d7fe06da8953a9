"""Train an attentive head on what a frozen encoder gives for a fixed view of each video. For networks with such a head.

    tools/run_train.py -D hmdb -M videomae_base_attentive -E attentive_probe
    tools/run_train.py -D hmdb -M vjepa2_large -E attentive_probe --set amp=bf16

V-JEPA 2's probes (arXiv:2506.09985, and its code's configs/eval) take AdamW, 20 epochs and a cosine without warm-up;
they keep the best of the learning rates 1e-4, 3e-4, 1e-3, 3e-3, 5e-3 and of the weight decays 0.01, 0.1, 0.4, 0.8, for
steps of 256 clips that are drawn anew in each epoch. Here a clip is drawn once, and its patches are kept: 5 MB for
ViT-B, 8 MB for V-JEPA 2. If memory can't hold them all, nothing is kept, and the encoder runs in each epoch.
Score, time, hardware: not yet measured.
"""

from pyvideoai.config import inherit

inherit("probe", num_epochs=20, warmup_epochs=0, learning_rate=3e-4, weight_decay=0.1, fixed_views=1)
