"""The settings and hooks of an experiment config that concern training, and the contracts of all three layers."""

from typing import Literal

from pyvideoai.config.contract import Contract, Hook, Setting
from pyvideoai.config.values.kinds import Text
from pyvideoai.config.values.naming import path_spelling
from pyvideoai.data.settings import DATASET, EXPERIMENT_DATA
from pyvideoai.engine.stopping import NoProgress
from pyvideoai.metrics import Metric
from pyvideoai.models.settings import MODEL
from pyvideoai.reporting import Logger, LoggerName, TensorBoard

DEVICE = Text(
    r"auto|cpu|mps|cuda(:(0|[1-9]\d{0,3}))?",
    "'auto' or 'cpu' or 'cuda' or 'cuda:<number>' or 'mps'",
    ("auto", "cuda", "mps"),  # not "cpu", which is near "gpu"
)
EXPERIMENT_ENGINE = (
    Setting("num_epochs", int, "Passes over the training list.", low=1),
    Setting("seed", int, "Every random number derives from it.", 0, low=0),
    Setting(
        "learning_rate",
        float | None,
        "For the `optimiser` hook. The number is used as written, never scaled by batch size or processes.",
        None,
        low=0,
        for_configs=True,
    ),
    Setting("momentum", float | None, "For the `optimiser` hook.", None, low=0, high=1, for_configs=True),
    Setting("weight_decay", float | None, "For the `optimiser` hook.", None, low=0, for_configs=True),
    Setting(
        "head_factor",
        float,
        "Factor of the head's learning rate, for `groups` in the `optimiser` hook.",
        1.0,
        low=0,
        for_configs=True,
    ),
    Setting(
        "layer_decay",
        float,
        "Factor from each stage's learning rate to that of the stage before it, from the head down to the stem, for "
        "`groups` in the `optimiser` hook.",
        1.0,
        low=0,
        high=1,
        for_configs=True,
    ),
    Setting("warmup_epochs", float, "For the `lr_factor` hook.", 0.0, low=0, for_configs=True),
    Setting(
        "warmup_from",
        float,
        "Factor that a warm-up starts from, for the `lr_factor` hook.",
        0.01,
        low=0,
        high=1,
        for_configs=True,
    ),
    Setting(
        "milestones",
        tuple[float, ...],
        "Epochs at which the rate drops, for the `lr_factor` hook.",
        (),
        for_configs=True,
    ),
    Setting(
        "plateau_on",
        str | None,
        "Metric that a plateau schedule follows, such as 'val/top1' or 'val/loss'. None: the one of select.",
        None,
        for_configs=True,
    ),
    Setting(
        "plateau_patience",
        int,
        "Epochs without progress after which a plateau schedule lowers the rate.",
        10,
        low=0,
        for_configs=True,
    ),
    Setting(
        "plateau_factor",
        float,
        "Factor by which a plateau schedule multiplies the learning rate.",
        0.1,
        low=0,
        high=1,
        for_configs=True,
    ),
    Setting(
        "pretrained",
        str | None,
        "Weights to start from: a name in the model's table, a file, an experiment folder, a folder that transformers "
        "saved, or hub:owner/repository of the Hugging Face hub (model.safetensors); "
        "hub:owner/repository@COMMIT always names the same file.",
        None,
        spelling=path_spelling,
    ),
    Setting(
        "min_loaded_share",
        float,
        "Refuse pretrained weights that fill less than this share of the parameters.",
        0.5,
        low=0,
        high=1,
    ),
    Setting(
        "freeze",
        str | tuple[str, ...],
        "Names of modules or parameters that don't train, such as 'layer1', in a tuple or separated by commas; their "
        "batch norm statistics stay too. 'backbone' is everything but the head.",
        (),
    ),
    Setting(
        "feature_cache",
        str | None,
        "With fixed_views and freeze = 'backbone': folder that keeps what the frozen network gives, by video, frames, "
        "pixels and weights; the head trains on that. None: the network runs for each clip in each epoch.",
        "data/features",
        spelling=path_spelling,
        names_folder=False,
    ),
    Setting(
        "offline",
        bool,
        "Never download published weights; an error says which file is missing and where it belongs.",
        False,
        names_folder=False,
    ),
    Setting(
        "amp",
        Literal["none", "bf16", "fp16", "auto"],
        "Mixed precision; fp16 scales the loss. auto: a new run times bf16 and fp32 on its device as memory_format = "
        "'auto' does, and takes bf16 if it is clearly faster and the logits are the same but for its rounding.",
        "none",
    ),
    Setting(
        "memory_format",
        Literal["auto", "contiguous", "channels_last"],
        "How the weights of convolutions lie in memory. channels_last is faster on many devices; results differ by "
        "rounding. auto: a new run times both on its device, unless the network is small or deterministic is set. Its "
        "folder keeps the choice for a resume, evaluation and --from; later runs of the same network take the same.",
        "auto",
        names_folder=False,
    ),
    Setting(
        "compile",
        bool | Literal["auto"],
        "torch.compile for the network, in training and evaluation: faster on many GPUs, after a minute or more of "
        "compiling; results differ by rounding. auto: a new run on a GPU times it as memory_format = 'auto' does, "
        "and keeps the choice; on a CPU nothing is compiled, where it costs more than most runs win.",
        False,
        names_folder=False,
    ),
    Setting(
        "bn",
        Literal["device", "sync", "frozen"],
        "Batch norm over clips_per_device, over all processes' clips, or frozen.",
        "device",
    ),
    Setting(
        "precise_bn",
        int,
        "Precise batch norm: after each epoch, batch norm's statistics are computed over the clips of this many steps. "
        "0: they stay the moving average of training.",
        0,
        low=0,
    ),
    Setting(
        "ema_decay",
        float | None,
        "Validate, select and score an exponential moving average of the weights, of which each step keeps this share "
        "(less in the first steps), such as 0.999. best.pth and last.pth have it too. None: the weights themselves.",
        None,
        low=0,
        high=1,
    ),
    Setting("clip_grad_norm", float | None, "Largest norm of all gradients together.", None, low=0),
    Setting("deterministic", bool, "Only deterministic algorithms, at the price of speed.", False),
    Setting(
        "label_smoothing",
        float,
        "Share of the target that is spread evenly over all classes; with multi_label, over yes and no.",
        0.0,
        low=0,
        high=1,
    ),
    Setting(
        "metrics",
        tuple[Metric, ...] | None,
        "Metrics reported besides the loss. None: top-1, top-5 and mean class accuracy; for multi-label data mean "
        "average precision.",
        None,
    ),
    Setting(
        "select", str | None, "Metric that chooses best.pth. None: the first of metrics, 'val/top1' or 'val/map'.", None
    ),
    Setting(
        "early_stopping",
        NoProgress | None,
        "End the run early: NoProgress(20) of pyvideoai.engine.stopping, once none of the last 20 measurements of the "
        "metric of select (or of on='val/loss') is better than the best one before them.",
        None,
    ),
    Setting("val_period", int, "Validate every so many epochs.", 1, low=1),
    Setting(
        "test_period",
        int,
        "Multi-crop validation every so many epochs (-t); 0: at the end only.",
        0,
        low=0,
        names_folder=False,
    ),
    Setting("log_period", int, "Steps between two entries of the log and of loggers.", 10, low=1, names_folder=False),
    Setting(
        "loggers",
        LoggerName | tuple[Logger | LoggerName, ...],
        "Where a run is reported to, besides the console, its log, summary.csv and figures: a list of names and of "
        "pyvideoai.reporting.Logger. Your own list replaces the default: include TensorBoard() to keep it. The first "
        "failure of a logger is reported, and the run goes on.",
        (TensorBoard(),),
        names_folder=False,
    ),
    Setting(
        "save_every_s",
        float,
        "Seconds after which the state within an epoch is saved for a resume: what a kill may lose. It is saved less "
        "often if saving would cost more than 1 % of the time. 0: at signals only; a kill loses the epoch.",
        60.0,
        low=0,
        names_folder=False,
    ),
    Setting("save_mode", Literal["best_last", "all"], "Which checkpoints are kept.", "best_last", names_folder=False),
    Setting(
        "device",
        DEVICE,
        "Where the network runs. auto: each process's own GPU, or the CPU without one.",
        "auto",
        names_folder=False,
    ),
    Hook("optimiser", ("model",), "-> torch optimiser.", required=True, returns="torch.optim.Optimizer"),
    Hook(
        "lr_factor",
        ("epoch",),
        "-> factor of every group's own learning rate at a fractional epoch, counted from 0. It must depend on the "
        "epoch only.",
        returns=float,
        low=0,
    ),
    Hook(
        "scheduler",
        ("optimiser",),
        "-> EachStep(...), EachEpoch(...) or OnPlateau(..., on='val/top1') around a torch scheduler.",
    ),
    Hook(
        "loss",
        ("logits", "target"),
        "-> scalar loss, the mean over N clips. target: int64 (N,); for multi-label data, and in training with `mix`, "
        "float32 (N, classes). val/loss is this hook on each view's (and position's) own logits, averaged over views, "
        "then over videos; Views.average changes scores only. Default: cross entropy, or binary cross entropy for "
        "multi-label data, with class weights if balance = 'loss'; in evaluation without weights and smoothing.",
    ),
    Hook(
        "on_epoch_end",
        ("state",),
        "-> True to stop training; `state` is an EpochState. --check calls it once.",
        returns=bool | None,
    ),
    Hook(
        "wrap_model",
        ("model",),
        "-> the model to train, after weights are loaded and before it is distributed.",
        returns="torch.nn.Module",
    ),
)

EXPERIMENT = Contract("experiment", (*EXPERIMENT_DATA, *EXPERIMENT_ENGINE))
CONTRACTS = (DATASET, MODEL, EXPERIMENT)
