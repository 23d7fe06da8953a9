"""The settings and hooks of a dataset config, and those of an experiment config that concern its data."""

from pathlib import Path
from typing import Any, Literal

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.values.naming import path_spelling
from pyvideoai.data.augment import Augmentation, Mixing
from pyvideoai.data.pixels import PixelStep
from pyvideoai.data.sampling import ClipSampler
from pyvideoai.data.views import Views
from pyvideoai.video import READERS

DATASET = Contract(
    "dataset",
    (
        Setting("root", Path, "Folder that the split tables' video paths are relative to.", names_folder=False),
        Setting(
            "annotations",
            Path | None,
            "Folder or file of the official annotations.",
            None,
            for_configs=True,
            names_folder=False,
        ),
        Setting(
            "class_list",
            Path | None,
            "File that chooses some of an official dataset's classes, or another order, one name a line. None: "
            "classes.txt beside the annotations if there is one, else all classes.",
            None,
            for_configs=True,
            spelling=path_spelling,
        ),
        Setting(
            "prepared",
            Path | None,
            "Folder of copies that tools/prepare_videos.py made; they are read instead of the originals in root.",
            None,
            names_folder=False,
        ),
        Setting(
            "frames",
            bool,
            "Whether root holds a folder of extracted frames in place of each video.",
            False,
            for_configs=True,
        ),
        Setting(
            "features",
            bool,
            "Whether root holds features (tools/run_feature_extract.py) in place of videos, for -M features.",
            False,
        ),
        Setting(
            "layout",
            Literal["auto", "classes"],
            "What the top folders of a folder of clips are. auto: splits if they have the names of splits, else "
            "classes. classes: always classes.",
            "auto",
            for_configs=True,
        ),
        Setting("split", int, "Number of the official split.", 1, low=1, for_configs=True),
        Setting("split_seed", int, "Seed of every split that we make ourselves.", 0, low=0),
        Setting(
            "val_share",
            float,
            "Share of the training groups held out as val if the dataset has none. 0: no val, and best.pth is the "
            "last epoch.",
            0.1,
            low=0,
            high=0.9,
        ),
        Setting(
            "test_share",
            float,
            "Share of the groups held out as test if the dataset has only a training list. 0: no test.",
            0.2,
            low=0,
            high=0.9,
        ),
        Setting(
            "folds",
            int,
            "Cross-validation: the training list is cut into this many parts by group, classes evenly, and one of them "
            "is the test split; a sweep over `fold` scores each. 0: no folds.",
            0,
            low=0,
        ),
        Setting("fold", int, "With folds: which part is the test split, from 1.", 1, low=1),
        Setting(
            "sample_in",
            Literal["frames", "seconds"],
            "Whether a stride counts the video's own frames or frames at the model's fps.",
            "frames",
        ),
        Setting(
            "flip_keeps_label",
            bool | Literal["auto"],
            "Whether a mirrored video keeps its label; if not, HorizontalFlip is switched off. 'auto': decided by the "
            "class names: labels such as left and right are exchanged; a left without a right switches flips off. A "
            "console line says what was decided.",
            True,
        ),
        Setting(
            "flip_labels",
            tuple[tuple[str, str], ...],
            "Pairs of class names that a mirror exchanges (left, right): a flipped clip gets the other label.",
            (),
        ),
        Setting(
            "multi_label",
            bool,
            "Whether a video has any number of classes ('3;7;12', 'run;jump' or nothing in a split table). Then "
            "sigmoids, binary cross entropy and mean average precision are used.",
            False,
        ),
        Hook(
            "classes",
            (),
            "-> list of class names in label order. Lazy: a config loads without data.",
            required=True,
            returns=tuple[str, ...],
        ),
        Hook(
            "splits",
            (),
            "-> {'train': table, 'val': table, 'test': table}; a table is a DataFrame or a CSV path; val and "
            "test may be missing. A DataFrame's `attrs['note']` is printed.",
            required=True,
            returns=dict[str, Any],
        ),
        Hook(
            "prepare",
            (),
            "Makes data that can be made, such as a demo's; called by one process at a time, under a lock.",
        ),
        Hook(
            "group",
            ("row",),
            "-> what must not be shared between splits (a source video, a person); `row` has an attribute per column. "
            "Default: the row's group, else its video.",
        ),
        Hook(
            "target",
            ("row", "frame_indices"),
            "-> int label of a training clip; with multi_label a list of ints. Default: the row's label.",
        ),
        Hook("class_counts", (), "-> training videos per class. Default: counted in the table."),
    ),
)

EXPERIMENT_DATA = (
    Setting(
        "train_clip", ClipSampler, "Which frames make a clip, in training and in tests: Dense(8, 8), Segments(8), ..."
    ),
    Setting("train_pixels", tuple[PixelStep, ...], "Crop and flip of a training clip, in order."),
    Setting(
        "augment",
        tuple[Augmentation, ...],
        "Augmentations of a training clip on the device, in order: ColourJitter(0.4), RandomErasing(0.25), ...",
        (),
    ),
    Setting(
        "mix",
        Mixing | None,
        "Mixup(0.8), CutMix(1.0) or MixupOrCutMix(): clips of one forward pass (clips_per_device) are mixed, and "
        "targets become float32 (N, classes). train/ metrics use the class with the largest share.",
        None,
    ),
    Setting("val_views", Views, "Views of the validation in each epoch."),
    Setting("test_views", Views, "Views of the multi-crop evaluation."),
    Setting("global_batch", int, "Clips per optimiser step, over all processes: part of the recipe.", low=1),
    Setting(
        "clips_per_device",
        int | Literal["auto"] | None,
        "Clips per forward pass, over which batch norm averages. None: global_batch / processes. auto: a new run tries "
        "how many of these its devices have memory for, and its folder keeps the number for a resume and --from. auto "
        "is refused where batch norm trains, since its batch is part of the recipe, and with deterministic = True.",
        None,
        low=1,
    ),
    Setting(
        "eval_clips_per_device",
        int | Literal["auto"] | None,
        "Clips per forward pass in evaluation. Scores change with it by rounding only. None: clips_per_device, which "
        "may be auto. auto: on a GPU, as many as its free memory holds; on a CPU, a small number, since larger passes "
        "take more memory there and save no time. With deterministic = True, auto is the same as None.",
        None,
        low=1,
        names_folder=False,
    ),
    Setting(
        "clips_per_video",
        int,
        "Training clips from each video that is opened: 2 to 4 load faster, with fewer different videos in a batch. An "
        "epoch keeps its number of clips.",
        1,
        low=1,
    ),
    Setting(
        "fixed_views",
        int,
        "Training sees only this many views of each video, in turn, which are drawn once for all seeds. 0: each epoch "
        "draws new ones. With freeze = 'backbone' the frozen network runs once for each view: see feature_cache.",
        0,
        low=0,
    ),
    Setting(
        "limit_train",
        int | None,
        "Train with only this many videos, chosen by seed, classes in turn. None: with all.",
        None,
        low=1,
    ),
    Setting(
        "antialias",
        bool,
        "Whether shrinking a crop averages over all its pixels (as Pillow does) or looks at four (as OpenCV does).",
        True,
    ),
    Setting(
        "resize_on",
        Literal["worker", "device"],
        "Who resizes frames. device: the network's, for what enlarges, which unburdens the workers where there is a "
        "GPU; its pixels are within 2 grey levels of the workers', who resize in whole numbers.",
        "worker",
    ),
    Setting(
        "balance",
        Literal["none", "loss", "sampling"],
        "For imbalanced classes: weight the loss, or draw classes equally often. With multi_label only 'loss': each "
        "class's positives are weighted by (negatives / positives) of that class.",
        "none",
    ),
    Setting(
        "protocol",
        Literal["heldout", "literature"],
        "heldout: val is held out of the training list, unless the dataset has one. literature: val is the test list.",
        "heldout",
    ),
    Setting(
        "max_failed_share",
        float,
        "Training stops if more than this share of the training videos, and more than 3, could not be decoded in an "
        "epoch. 0: it stops at the first one.",
        0.05,
        low=0,
        high=1,
        names_folder=False,
    ),
    Setting(
        "reader",
        Literal[READERS],
        "Library that decodes the videos; auto and pyav are frame-exact on every file.",
        "auto",
        names_folder=False,
    ),
    Setting(
        "workers",
        int | Literal["auto"],
        "Data-loading worker processes per process.",
        "auto",
        low=0,
        names_folder=False,
    ),
    Setting(
        "start_method", Literal["auto", "fork", "forkserver", "spawn"], "How workers start.", "auto", names_folder=False
    ),
    Setting(
        "video_timeout_s",
        float,
        "Seconds that a worker's decoder may give no packet and no frame. Then its video counts as one that can't be "
        "decoded. It needs workers: what hangs in the training process itself is only named.",
        120.0,
        low=1,
        names_folder=False,
    ),
    Hook(
        "sampler",
        ("table",),
        "-> weight per row of the training table (float array); rows are drawn with replacement in this proportion.",
    ),
)
