"""What a dataset config may say, and what an experiment may say about its data."""

from pathlib import Path
from typing import Any, Literal

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.values.naming import path_spelling
from pyvideoai.data.augment import Augmentation, Mixing
from pyvideoai.data.pixels import PixelStep
from pyvideoai.data.sampling import ClipSampler
from pyvideoai.data.views import Views

DATASET = Contract(
    "dataset",
    (
        Setting("root", Path, "Folder that the split tables' video paths are relative to.", names_folder=False),
        Setting("annotations", Path | None, "Folder or file of the official annotations.", None, names_folder=False),
        Setting(
            "class_list",
            Path | None,
            "File that chooses some of an official dataset's classes, or another order, one name a line. None: "
            "classes.txt beside the annotations, where there is one, else all classes.",
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
            "layout",
            Literal["auto", "classes"],
            "What the top folders of a folder of clips are: splits where they are called so, or classes in any case.",
            "auto",
            for_configs=True,
        ),
        Setting("split", int, "Which official split.", 1, low=1, for_configs=True),
        Setting("split_seed", int, "Seed of every split that we make ourselves.", 0, low=0),
        Setting(
            "val_share",
            float,
            "Share of the training groups held out as val when the dataset has none. 0: no val, and best.pth is "
            "the last epoch.",
            0.1,
            low=0,
            high=0.9,
        ),
        Setting(
            "test_share",
            float,
            "Share of the groups held out as test of a dataset with a training list only. 0: no test.",
            0.2,
            low=0,
            high=0.9,
        ),
        Setting(
            "sample_in",
            Literal["frames", "seconds"],
            "Whether a stride counts the video's own frames or frames at the model's fps.",
            "frames",
        ),
        Setting(
            "flip_keeps_label",
            bool | Literal["auto"],
            "Whether a mirrored video has the same label; if not, HorizontalFlip is switched off. 'auto': by the class "
            "names; left and right are exchanged, and a left without a right switches it off. What was done is said.",
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
            "Whether a video has none, one or several of the classes ('3;7;12' or 'run;jump' in a split table), which "
            "means sigmoids, binary cross entropy and mean average precision.",
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
            "test may be missing. What is in a DataFrame's `attrs['note']` is printed.",
            required=True,
            returns=dict[str, Any],
        ),
        Hook("prepare", (), "Makes what it can make of the data, once, under a lock, by one process."),
        Hook(
            "group",
            ("row",),
            "-> what must not be shared between splits (a source video, a person); `row` has an attribute per column. "
            "Default: the row's group, else its video.",
        ),
        Hook(
            "target",
            ("row", "frame_indices"),
            "-> int label of a training clip, with multi_label several. Default: the row's label.",
        ),
        Hook("class_counts", (), "-> training videos per class. Default: counted in the table."),
    ),
)

EXPERIMENT_DATA = (
    Setting(
        "train_clip", ClipSampler, "Which frames a clip has, in training and in tests: Dense(8, 8), Segments(8), ..."
    ),
    Setting("train_pixels", tuple[PixelStep, ...], "Crop and flip of a training clip, in order."),
    Setting(
        "augment",
        tuple[Augmentation, ...],
        "What changes a training clip's pixels on the device, in order: ColourJitter(0.4), RandomErasing(0.25), ...",
        (),
    ),
    Setting(
        "mix",
        Mixing | None,
        "Mixup(0.8), CutMix(1.0) or MixupOrCutMix(): clips of one forward pass (clips_per_device) are mixed, targets "
        "become float32 (N, classes); train/ metrics go by the class with the largest share.",
        None,
    ),
    Setting("val_views", Views, "Views of the validation in each epoch."),
    Setting("test_views", Views, "Views of the multi-crop evaluation."),
    Setting("global_batch", int, "Clips per optimiser step, over all processes: part of the recipe.", low=1),
    Setting(
        "clips_per_device",
        int | None,
        "Clips per forward pass, what batch norm sees; None: global_batch / processes.",
        None,
        low=1,
    ),
    Setting(
        "eval_clips_per_device",
        int | None,
        "Clips per forward pass in evaluation; None: clips_per_device.",
        None,
        low=1,
        names_folder=False,
    ),
    Setting(
        "clips_per_video",
        int,
        "Training clips from each video that is opened: 2 to 4 load faster and see fewer videos in a batch. An epoch "
        "keeps its number of clips.",
        1,
        low=1,
    ),
    Setting(
        "limit_train",
        int | None,
        "Train with only so many videos, drawn by seed, classes in turn; None: all.",
        None,
        low=1,
    ),
    Setting("antialias", bool, "Whether shrinking a crop averages over all its pixels.", True),
    Setting(
        "balance",
        Literal["none", "loss", "sampling"],
        "For imbalanced classes: weight the loss, or draw classes equally often. With multi_label only the former: "
        "positives weigh negatives / positives of their class.",
        "none",
    ),
    Setting(
        "protocol",
        Literal["heldout", "literature"],
        "heldout: val is held out of the training list. literature: val is the test list.",
        "heldout",
    ),
    Setting(
        "max_failed_share",
        float,
        "Training stops when more than this share of the training videos, and more than 3, could not be decoded in an "
        "epoch; 0: at the first.",
        0.05,
        low=0,
        high=1,
        names_folder=False,
    ),
    Setting(
        "reader",
        Literal["auto", "pyav", "decord", "torchcodec", "torchcodec_cuda"],
        "What decodes the videos; auto and pyav are frame-exact on every file.",
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
    Hook(
        "sampler",
        ("table",),
        "-> weight per row of the training table (float array); rows are drawn with replacement in this proportion.",
    ),
)
