"""Every mistake that a config or a --set can make, and the exact line that the user gets for it."""

# ruff: noqa: E501 (messages stand here as the user sees them)

from collections.abc import Callable

import pytest
from config_pieces import CONTRACTS

from pyvideoai.config.load import ConfigError, load

INHERIT = 'from pyvideoai.config import inherit\ninherit("base")\n'
PIECES = "from config_pieces import Dense, Jitter, Views\n"
WHOLE = "num_epochs = 1\ndef optimiser(model):\n    return model\n"
HELP = "--help-config lists all, and a helper's name starts with an underscore"

# What the text alone shows: (experiment e, message)
IN_TEXT = [
    (INHERIT + "lr = 0.1\n", "exp_configs/e.py:3: unknown setting 'lr'; did you mean 'learning_rate'?"),
    (INHERIT + "batch_size = 4\n", "exp_configs/e.py:3: unknown setting 'batch_size'; did you mean 'global_batch'?"),
    (INHERIT + "epochs = 4\n", "exp_configs/e.py:3: unknown setting 'epochs'; did you mean 'num_epochs'?"),
    (
        INHERIT + "optimiser = None\n",
        "exp_configs/e.py:3: optimiser is a hook: write def optimiser(model), not None",
    ),
    (INHERIT + "loss = 0\n", "exp_configs/e.py:3: loss is a hook: write def loss(logits, target), not 0"),
    (
        "from config_pieces import View\n" + INHERIT,
        "exp_configs/e.py:1: config_pieces has no 'View'; did you mean 'Views'?",
    ),
    (INHERIT + "globalbatch = 4\n", "exp_configs/e.py:3: unknown setting 'globalbatch'; did you mean 'global_batch'?"),
    (INHERIT + "crop = 112\n", f"exp_configs/e.py:3: unknown setting 'crop'; {HELP}"),
    (INHERIT + "Momentum = 0.5\n", "exp_configs/e.py:3: unknown setting 'Momentum'; did you mean 'momentum'?"),
    (
        INHERIT + "def optimizer(model):\n    return model\n",
        "exp_configs/e.py:3: unknown hook 'optimizer'; did you mean 'optimiser'?",
    ),
    (INHERIT + "for step in range(3):\n    pass\n", f"exp_configs/e.py:3: unknown setting 'step'; {HELP}"),
    (INHERIT + "seed, sed = 1, 2\n", "exp_configs/e.py:3: unknown setting 'sed'; did you mean 'seed'?"),
    (
        INHERIT + "if True:\n    momentun: float = 0.5\n",
        "exp_configs/e.py:4: unknown setting 'momentun'; did you mean 'momentum'?",
    ),
    (
        INHERIT + "split = 2\n",
        "exp_configs/e.py:3: 'split' is for the dataset config; write it there, or --set dataset.split=...",
    ),
    (INHERIT + 'momentum = "high"\n', "exp_configs/e.py:3: momentum takes a float from 0 to 1, not 'high'"),
    (INHERIT + "momentum = 1.5\n", "exp_configs/e.py:3: momentum takes a float from 0 to 1, not 1.5"),
    (INHERIT + "momentum = True\n", "exp_configs/e.py:3: momentum takes a float from 0 to 1, not True"),
    (INHERIT + "momentum = None\n", "exp_configs/e.py:3: momentum takes a float from 0 to 1, not None"),
    (INHERIT + "seed = True\n", "exp_configs/e.py:3: seed takes an int of at least 0, not True"),
    (INHERIT + "num_epochs = 2.0\n", "exp_configs/e.py:3: num_epochs takes an int of at least 1, not 2.0"),
    (INHERIT + "num_epochs = 0\n", "exp_configs/e.py:3: num_epochs takes an int of at least 1, not 0"),
    (INHERIT + "seed, momentum = 0.5, 0\n", "exp_configs/e.py:3: seed takes an int of at least 0, not 0.5"),
    (
        INHERIT + "learning_rate = 1e999\n",
        "exp_configs/e.py:3: learning_rate takes a float of at least 0 or None, not inf",
    ),
    (INHERIT + "deterministic = 1\n", "exp_configs/e.py:3: deterministic takes True or False, not 1"),
    (
        INHERIT + 'amp = "fp61"\n',
        "exp_configs/e.py:3: amp takes 'none' or 'bf16' or 'fp16', not 'fp61'; did you mean 'fp16'?",
    ),
    (INHERIT + "workers = -1\n", "exp_configs/e.py:3: workers takes an int of at least 0 or 'auto', not -1"),
    (INHERIT + "betas = [0.9, 2]\n", "exp_configs/e.py:3: betas[1] takes a float from 0 to 1, not 2"),
    (INHERIT + "test_views = 5\n", "exp_configs/e.py:3: test_views takes a Views, not 5"),
    (INHERIT + "train_pixels = [256]\n", "exp_configs/e.py:3: train_pixels[0] takes a Jitter, not 256"),
    (INHERIT + "def seed():\n    return 1\n", "exp_configs/e.py:3: seed takes an int of at least 0, not a function"),
    (INHERIT + "class momentum:\n    pass\n", "exp_configs/e.py:3: momentum takes a float from 0 to 1, not a class"),
    (
        INHERIT + "def optimiser(net):\n    return net\n",
        "exp_configs/e.py:3: optimiser(net) should be optimiser(model)",
    ),
    (INHERIT + "def optimiser():\n    return 1\n", "exp_configs/e.py:3: optimiser() should be optimiser(model)"),
    (
        INHERIT + "def loss(target, logits):\n    return 0\n",
        "exp_configs/e.py:3: loss(target, logits) should be loss(logits, target)",
    ),
    (INHERIT + "def loss(*given):\n    return 0\n", "exp_configs/e.py:3: loss(*given) should be loss(logits, target)"),
    (INHERIT + "lr_factor = lambda step: 1\n", "exp_configs/e.py:3: lr_factor(step) should be lr_factor(epoch)"),
    (
        INHERIT + 'loss = "cross entropy"\n',
        "exp_configs/e.py:3: loss is a hook: write def loss(logits, target), not 'cross entropy'",
    ),
    (
        INHERIT + "class loss:\n    pass\n",
        "exp_configs/e.py:3: loss is a hook: write def loss(logits, target), not a class",
    ),
    ("seed = 1\n", "exp_configs/e.py: missing: num_epochs (an int of at least 1), def optimiser(model)"),
    (
        WHOLE + "def lr_factor(epoch):\n    return warm(epoch)\n",
        "exp_configs/e.py:5: 'warm' is not defined; nothing here or in a base has a name like it",
    ),
    (
        WHOLE + "def lr_factor(epoch):\n    return learning_rte\n",
        "exp_configs/e.py:5: 'learning_rte' is not defined; did you mean 'learning_rate'?",
    ),
    (
        'from pyvideoai.config import inherit\ninherit("bose")\n',
        "exp_configs/e.py:2: inherit('bose'): no exp_configs/bose.py; did you mean 'base'?",
    ),
    (
        'from pyvideoai.config import inherit\ninherit("e")\n',
        "exp_configs/e.py:2: inherit('e') goes round in a circle: exp_configs/e.py -> e",
    ),
    (
        'from pyvideoai.config import inherit\ninherit("base", globalbatch=16)\n',
        "exp_configs/e.py:2: unknown setting 'globalbatch'; did you mean 'global_batch'?",
    ),
    (
        'from pyvideoai.config import inherit\ninherit(\n    "base",\n    global_batch="16",\n)\n',
        "exp_configs/e.py:4: global_batch takes an int of at least 1, not '16'",
    ),
    (
        "from base import *\n",
        "exp_configs/e.py:1: 'import *' brings names from nowhere; write inherit(...) for a config, or name what is imported",
    ),
    (
        WHOLE + "def loss(logits, target):\n    global seed\n    seed = 1\n",
        "exp_configs/e.py:5: 'global seed' escapes the record of settings; return the value instead",
    ),
    (
        WHOLE + "_all = [seed := i for i in range(3)]\n",
        "exp_configs/e.py:4: ':=' in a comprehension escapes the record of settings; assign seed before it",
    ),
    (
        WHOLE + "class Net:\n    rate = momentum\n",
        "exp_configs/e.py:5: a class body that reads momentum escapes the record of settings; read it in a method",
    ),
    (INHERIT + "seed: 3\n", "exp_configs/e.py:3: 'seed: 3' annotates seed and sets nothing; write seed = 3"),
    (INHERIT + "seed: int\n", "exp_configs/e.py:3: 'seed: int' annotates seed and sets nothing; write seed = ..."),
    (
        INHERIT + "optimiser.lr: 0.1\n",
        "exp_configs/e.py:3: 'optimiser.lr: 0.1' annotates optimiser.lr and sets nothing; write optimiser.lr = 0.1",
    ),
    (INHERIT + "seed == 3\n", "exp_configs/e.py:3: 'seed == 3' compares and sets nothing; write seed = 3"),
    (INHERIT + "seed < 3\n", "exp_configs/e.py:3: 'seed < 3' sets nothing; write name = ..."),
    (INHERIT + "amp\n", "exp_configs/e.py:3: 'amp' sets nothing; write amp = ..."),
    (INHERIT + 'amp, "bf16"\n', "exp_configs/e.py:3: 'amp, \"bf16\"' sets nothing; write name = ..."),
    (INHERIT + "seed, = 3\n", "exp_configs/e.py:3: 'seed, = 3' unpacks 3; write seed = 3"),
    (INHERIT + "[seed] = 3\n", "exp_configs/e.py:3: '[seed] = 3' unpacks 3; write seed = 3"),
    (
        INHERIT + "momentum =+ 1\n",
        "exp_configs/e.py:3: '=+' sets momentum and does not add to it; write momentum = 1, or momentum += 1",
    ),
    (
        INHERIT + "momentum =- 0.1\n",
        "exp_configs/e.py:3: '=-' sets momentum and does not add to it; write momentum = -0.1, or momentum -= 0.1",
    ),
    (
        INHERIT + "momentum = 0.5,\n",
        "exp_configs/e.py:3: momentum takes a float from 0 to 1, not (0.5,); is the comma at its end too much?",
    ),
    (
        INHERIT + 'amp = "bf16",\n',
        "exp_configs/e.py:3: amp takes 'none' or 'bf16' or 'fp16', not ('bf16',); is the comma at its end too much?",
    ),
    (INHERIT + "if False:\n    seed = 3\n", "exp_configs/e.py:4: seed is set under 'if False', which never runs"),
    (
        INHERIT + "while not 1:\n    def loss(logits, target):\n        return 0\n",
        "exp_configs/e.py:4: loss is set under 'while not 1', which never runs",
    ),
    (
        INHERIT + "if True:\n    pass\nelse:\n    seed = 3\n",
        "exp_configs/e.py:6: seed is set under 'if True ... else', which never runs",
    ),
    (
        INHERIT + 'if __name__ == "__main__":\n    seed = 3\n',
        "exp_configs/e.py:4: seed is set under 'if __name__ == \"__main__\"', which never runs",
    ),
    (
        WHOLE + "def optimiser(model):\n    return None\n",
        "exp_configs/e.py:4: optimiser is defined again, after exp_configs/e.py:2; keep one of them",
    ),
    (
        WHOLE + "optimiser = lambda model: model\n",
        "exp_configs/e.py:4: optimiser is defined again, after exp_configs/e.py:2; keep one of them",
    ),
    (
        INHERIT + "loss = None\ndef loss(logits, target):\n    return 0\n",
        "exp_configs/e.py:4: loss is defined again, after exp_configs/e.py:3; keep one of them",
    ),
    (
        INHERIT + "def _half(x):\n    return x / 2\ndef _half(x):\n    return x / 3\n",
        "exp_configs/e.py:5: _half is defined again, after exp_configs/e.py:3; keep one of them",
    ),
    (
        INHERIT + "learning_rate = 0.1\n_high = 2 * learning_rate\nlearning_rate = 0.2\n",
        "exp_configs/e.py:5: learning_rate is set again, after exp_configs/e.py:3, and used at exp_configs/e.py:4; keep one of them",
    ),
    (
        INHERIT + "seed, momentum = 1, 0.5\nif seed and momentum:\n    pass\n(momentum, workers) = 0.6, 0\n",
        "exp_configs/e.py:6: momentum is set again, after exp_configs/e.py:3, and used at exp_configs/e.py:4; keep one of them",
    ),
    (
        INHERIT + "if True:\n    seed = 1\n    workers = seed\n    seed = 2\n",
        "exp_configs/e.py:6: seed is set again, after exp_configs/e.py:4, and used at exp_configs/e.py:5; keep one of them",
    ),
    (INHERIT + "del (momentum, seed)\n", "exp_configs/e.py:3: momentum cannot be deleted; leave it out instead"),
    (INHERIT + "del momentum\n", "exp_configs/e.py:3: momentum cannot be deleted; leave it out instead"),
    ("num_epochs = = 3\n", "exp_configs/e.py:1: invalid syntax"),
    (WHOLE + "return\n", "exp_configs/e.py:4: 'return' outside function"),
    (
        WHOLE + "from pyvideoai.config import model_cfg\n_size = model_cfg.clipp\n",
        "exp_configs/e.py:5: unknown model setting 'clipp'; did you mean 'clip'?",
    ),
    (
        PIECES + INHERIT + "test_views = Views(clip=10)\n",
        "exp_configs/e.py:4: Views takes no 'clip'; did you mean 'clips'?",
    ),
    (
        PIECES + INHERIT + "test_views = Views(clips=0)\n",
        "exp_configs/e.py:4: Views(clips=0) shows nothing; give at least 1",
    ),
    (
        PIECES + INHERIT + 'test_views = Views(clips="ten")\n',
        "exp_configs/e.py:4: test_views.clips takes an int, not 'ten'",
    ),
    (
        PIECES + INHERIT + "train_clip = Views()\n",
        "exp_configs/e.py:4: train_clip takes a Sampler, not Views(clips=1, size=224, average='probabilities')",
    ),
    (
        PIECES + INHERIT + 'train_pixels = [Jitter(224, 336), Jitter(1, "2")]\n',
        "exp_configs/e.py:4: train_pixels[1].high takes a float, not '2'",
    ),
]

# What shows when the file runs: (experiment e, message)
IN_RUN = [
    (INHERIT + "seed = int('x')\n", "exp_configs/e.py:3: invalid literal for int() with base 10: 'x'"),
    (
        INHERIT + "learning_rate = 10**400\n",
        f"exp_configs/e.py:3: learning_rate takes a float of at least 0 or None, not 1{'0' * 56}...",
    ),
    (
        "if seed:\n    num_epochs = 1\ndef optimiser(model):\n    return 1\n",
        "exp_configs/e.py: missing: num_epochs (an int of at least 1)",
    ),
    (
        INHERIT + "global_batch = 16\n",
        'exp_configs/e.py:3: global_batch was already used at exp_configs/base.py:5; write inherit("base", global_batch=...)',
    ),
    (
        'from pyvideoai.config import inherit\nglobal_batch = 16\ninherit("base")\n',
        'exp_configs/e.py:2: global_batch is set before inherit("base"), which sets it at exp_configs/base.py:4; write inherit("base", global_batch=...)',
    ),
    (
        'from pyvideoai.config import inherit\n_half = global_batch // 2\ninherit("base")\n',
        'exp_configs/e.py:2: global_batch is used before inherit("base"), which sets it at exp_configs/base.py:4; write inherit("base", global_batch=...)',
    ),
    (INHERIT + "seed = 10 ** 400 // 0\n", "exp_configs/e.py:3: ZeroDivisionError: integer division or modulo by zero"),
    (
        INHERIT + 'learning_rate = float("nan")\n',
        "exp_configs/e.py:3: learning_rate takes a float of at least 0 or None, not nan",
    ),
    (
        INHERIT + "learning_rate = -2 * 1e-3\n",
        "exp_configs/e.py:3: learning_rate takes a float of at least 0 or None, not -0.002",
    ),
    (
        PIECES + INHERIT + "test_views = Views\n",
        "exp_configs/e.py:4: test_views takes a Views, not the class Views itself; write Views(...)",
    ),
    (
        PIECES + INHERIT + "train_clip = Dense\n",
        "exp_configs/e.py:4: train_clip takes a Sampler, not the class Dense itself; write Dense(...)",
    ),
    (
        "from pyvideoai.config import inherrit\n" + INHERIT,
        "exp_configs/e.py:1: pyvideoai.config has no 'inherrit'; did you mean 'inherit'?",
    ),
    ("import no_such_module\n" + INHERIT, "exp_configs/e.py:1: ModuleNotFoundError: No module named 'no_such_module'"),
    (
        INHERIT + "import json as loss\n",
        "exp_configs/e.py:3: loss is a hook: write def loss(logits, target), not the module json",
    ),
    (
        INHERIT + "from math import pi as seed\n",
        "exp_configs/e.py:3: seed takes an int of at least 0, not 3.141592653589793",
    ),
    (
        INHERIT + "from operator import neg as loss\n",
        "exp_configs/e.py:3: loss(a, /) cannot be called as loss(logits, target)",
    ),
    (
        INHERIT + 'globals()["momentums"] = 1\n',
        "exp_configs/e.py:3: unknown setting 'momentums'; did you mean 'momentum'?",
    ),
    (INHERIT + 'globals().update(seed="x")\n', "exp_configs/e.py:3: seed takes an int of at least 0, not 'x'"),
    (INHERIT + 'globals().setdefault("seed", -1)\n', "exp_configs/e.py:3: seed takes an int of at least 0, not -1"),
    (
        'from pyvideoai.config import inherit\ninherit("base", _crop=112)\n',
        "exp_configs/e.py:2: exp_configs/base.py has no '_crop'",
    ),
    (
        'from pyvideoai.config import inherit\n_pins = {"globalbatch": 1}\ninherit("base", **_pins)\n',
        "exp_configs/e.py:3: unknown setting 'globalbatch'; did you mean 'global_batch'?",
    ),
    (
        'from pyvideoai.config import inherit\n_name = "bas"\ninherit(_name)\n',
        "exp_configs/e.py:3: inherit('bas'): no exp_configs/bas.py; did you mean 'base'?",
    ),
    (
        'from pyvideoai.config import inherit, model_cfg\ninherit("base")\n_name = "clipp"\nseed = getattr(model_cfg, _name)\n',
        "exp_configs/e.py:4: AttributeError: unknown model setting 'clipp'; did you mean 'clip'?",
    ),
]

# (--set, message)
SET = [
    ("lr=0.1", "--set lr=0.1: unknown experiment setting 'lr'; did you mean 'learning_rate'?"),
    ("exp.LR=0.1", "--set exp.LR=0.1: unknown experiment setting 'LR'; did you mean 'learning_rate'?"),
    ("batch_size=4", "--set batch_size=4: unknown experiment setting 'batch_size'; did you mean 'global_batch'?"),
    ("bs=4", "--set bs=4: unknown experiment setting 'bs'; did you mean 'global_batch'?"),
    ("epochs=4", "--set epochs=4: unknown experiment setting 'epochs'; did you mean 'num_epochs'?"),
    ("max_epochs=4", "--set max_epochs=4: unknown experiment setting 'max_epochs'; did you mean 'num_epochs'?"),
    ("num_workers=4", "--set num_workers=4: unknown experiment setting 'num_workers'; did you mean 'workers'?"),
    ("fp16=True", "--set fp16=True: unknown experiment setting 'fp16'; did you mean 'amp'?"),
    ("data.root=x", "--set data.root=x: unknown layer 'data'; did you mean 'dataset.root'?"),
    ("data.path=x", "--set data.path=x: unknown layer 'data'; did you mean 'dataset.root'?"),
    ("dataset.path=x", "--set dataset.path=x: unknown dataset setting 'path'; did you mean 'root'?"),
    ("network.dropuot=0", "--set network.dropuot=0: unknown layer 'network'; did you mean 'model.dropout'?"),
    ("optimizer.lr=1", "--set optimizer.lr=1: unknown layer 'optimizer'; did you mean 'learning_rate'?"),
    (
        "train.test_views.clips=2",
        "--set train.test_views.clips=2: unknown layer 'train'; did you mean 'test_views.clips'?",
    ),
    ("loss=None", "--set loss=None: loss is a hook: write def loss(logits, target) in a config"),
    ("globalbatch=4", "--set globalbatch=4: unknown experiment setting 'globalbatch'; did you mean 'global_batch'?"),
    ("global_batch=four", "--set global_batch=four: global_batch takes an int of at least 1, not 'four'"),
    ("global_batch=0", "--set global_batch=0: global_batch takes an int of at least 1, not 0"),
    ("global_batch", "--set global_batch: write name=value"),
    ("global_batch=", "--set global_batch=: write name=value"),
    ("=3", "--set =3: write name=value"),
    ("split=2", "--set split=2: 'split' is for the dataset config; write it there, or --set dataset.split=..."),
    ("dataset.splt=2", "--set dataset.splt=2: unknown dataset setting 'splt'; did you mean 'split'?"),
    ("dataset.split=4", "--set dataset.split=4: split takes an int from 1 to 3, not 4"),
    ("model.dropout=high", "--set model.dropout=high: dropout takes a float from 0 to 1, not 'high'"),
    ("optimiser=sgd", "--set optimiser=sgd: optimiser is a hook: write def optimiser(model) in a config"),
    ("test_views.clip=10", "--set test_views.clip=10: test_views has no field 'clip'; did you mean 'clips'?"),
    ("test_views.clips=ten", "--set test_views.clips=ten: test_views.clips takes an int, not 'ten'"),
    (
        "test_views.average=logit",
        "--set test_views.average=logit: test_views.average takes 'probabilities' or 'logits', not 'logit'; did you mean 'logits'?",
    ),
    ("test_views.clips=0", "--set test_views.clips=0: Views(clips=0) shows nothing; give at least 1"),
    ("test_views=10", "--set test_views=10: test_views takes a Views, not 10"),
    ("global_batch.x=1", "--set global_batch.x=1: global_batch has no fields"),
    ("amp.x=1", "--set amp.x=1: amp has no fields"),
    (
        "deterministic=false",
        "--set deterministic=false: deterministic takes True or False, not 'false'; did you mean 'False'?",
    ),
    ("learning_rate=nan", "--set learning_rate=nan: learning_rate takes a float of at least 0 or None, not 'nan'"),
    ("learning_rate=1e999", "--set learning_rate=1e999: learning_rate takes a float of at least 0 or None, not inf"),
    ("train_clip.frame=4", "--set train_clip.frame=4: train_clip has no field 'frame'; did you mean 'frames'?"),
    ("train_clip.frames=x", "--set train_clip.frames=x: train_clip.frames takes an int, not 'x'"),
    ("train_pixels.0.low=2", "--set train_pixels.0.low=2: train_pixels has no part '0'; it is empty"),
    ("betas.2=0.5", "--set betas.2=0.5: betas has no part '2'; allowed: 0, 1"),
    (
        "model.weights.imagenet=x",
        "--set model.weights.imagenet=x: weights has no field 'imagenet'; none is allowed here",
    ),
]

# (files, message)
ELSEWHERE = [
    (
        {"dataset_configs/d.py": 'root = ""\ndef classes():\n    return []\n'},
        "dataset_configs/d.py:1: root takes a path, not ''",
    ),
    ({"dataset_configs/d.py": "def classes():\n    return []\n"}, "dataset_configs/d.py: missing: root (a path)"),
    (
        {"dataset_configs/d.py": 'root = "x"\ndef classes(split):\n    return []\n'},
        "dataset_configs/d.py:2: classes(split) should be classes()",
    ),
    (
        {"model_configs/m.py": "clip = (8,)\ndef load_model(num_classes):\n    return 1\n"},
        "model_configs/m.py:1: clip takes (an int, an int), not (8,)",
    ),
    (
        {
            "model_configs/m.py": "from pyvideoai.config import model_cfg\nclip = 8, 8\ndef load_model(num_classes):\n    return 1\n"
        },
        "model_configs/m.py:1: model_cfg is for other configs; a model config sees dataset_cfg",
    ),
    (
        {
            "model_configs/m.py": 'clip = 8, 8\nweights = {}\nweights["a"] = 3\ndef load_model(num_classes):\n    return 1\n'
        },
        "model_configs/m.py:2: weights['a'] takes a path, not 3",
    ),
    (
        {"exp_configs/base.py": "num_epoch = 10\n"},
        "exp_configs/base.py:1: unknown setting 'num_epoch'; did you mean 'num_epochs'?",
    ),
]


def message(load_it: Callable[[], object]) -> str:
    with pytest.raises(ConfigError) as caught:
        load_it()
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(("text", "expected"), IN_TEXT)
def test_mistakes_that_the_text_shows(exp, text, expected):
    assert message(lambda: exp(text)) == expected


@pytest.mark.parametrize(("text", "expected"), IN_RUN)
def test_mistakes_that_show_when_the_file_runs(exp, text, expected):
    config = exp(text)
    assert message(config.execute) == expected


@pytest.mark.parametrize(("override", "expected"), SET)
def test_mistakes_in_an_override(loaded, override, expected):
    assert message(lambda: loaded({}, override).execute()) == expected


@pytest.mark.parametrize(("files", "expected"), ELSEWHERE)
def test_mistakes_in_other_files(loaded, files, expected):
    assert message(lambda: loaded(files).execute()) == expected


@pytest.mark.parametrize(
    "override", ["train_clip.frame=4", "betas.2=0.5", "test_views.clips=0", "train_pixels.0.low=2"]
)
def test_a_wrong_field_is_told_before_anything_runs(loaded, override):
    for files in ({}, {"exp_configs/e.py": WHOLE}):
        assert message(lambda files=files: loaded(files, override)).startswith(f"--set {override}: ")


def test_a_field_that_only_the_running_file_shows_to_be_absent(exp):
    text = "from config_pieces import Segments\n" + INHERIT + "train_clip = [Segments()][0]\n"
    config = exp(text, "train_clip.stride=2")
    told = "--set train_clip.stride=2: train_clip has no field 'stride'; allowed: frames"
    assert message(config.execute) == told


@pytest.mark.parametrize(
    "text",
    [
        "seed: int = 3\n",
        "seed = +3\n",
        "seed=3\n",
        "[seed] = [3]\n",
        "(seed := 3)\n",
        '"""Text."""\n...\n_x: int\nseed = 3\nprint()\n',
        "if True:\n    seed = 3\n",
        "momentum =-0.0\nseed = 3\n",
        "betas = 0.5,\nseed = 3\n",
    ],
)
def test_what_looks_like_a_mistake_and_sets_something(exp, text):
    assert exp(INHERIT + text).exp.seed == 3


@pytest.mark.parametrize(
    "text",
    [
        "seed = 2\nseed = 3\n",
        "seed = 2\n_x = seed\nseed += 1\n",
        "seed = 2\nseed = seed + 1\n",
        "if 1 < 2:\n    seed = 3\nelse:\n    seed = 4\n",
        "seed = 1\nif seed:\n    seed = 3\n",
        "try:\n    seed = 3\nexcept ValueError:\n    seed = 4\n",
        "def loss(logits, target):\n    return 0\n_plain = loss\ndef loss(logits, target):\n    return _plain(1, 2)\nseed = 3\n",
        "def loss(logits, target):\n    return 0\nloss = (lambda inner: inner)(loss)\nseed = 3\n",
        "_x = 1\n_x = 2\nseed = 3\n",
        "from functools import singledispatch\n@singledispatch\ndef _a(x):\n    return 1\n"
        "@_a.register(int)\ndef _(x):\n    return 2\n@_a.register(str)\ndef _(x):\n    return 3\nseed = 3\n",
    ],
)
def test_a_second_statement_that_builds_on_the_first_or_replaces_nothing(exp, text):
    assert exp(INHERIT + text).exp.seed == 3


def test_an_override_given_twice_is_told(loaded):
    told = message(lambda: loaded({}, "seed=1", "exp.seed=2"))
    assert told == "--set exp.seed=2: experiment.seed is set twice: also by --set seed=1"


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("dd", "m", "e"), "-D dd: no dataset_configs/dd.py; did you mean 'd'?"),
        (("d", "mm", "e"), "-M mm: no model_configs/mm.py; did you mean 'm'?"),
        (("d", "m", "bse"), "-E bse: no exp_configs/bse.py; did you mean 'base'?"),
        (("d", "m", "zz"), "-E zz: no exp_configs/zz.py; there are: base, e, only"),
        (("d", "m", "pair"), "-E pair: no exp_configs/pair.py (-D other -M m has one); there are: base, e, only"),
        (("d.py", "m", "e"), "-D d.py: no dataset_configs/d.py.py; did you mean 'd'?"),
        (
            ("../dataset_configs/d", "m", "e"),
            "-D ../dataset_configs/d: no dataset_configs/../dataset_configs/d.py; did you mean 'd'?",
        ),
    ],
)
def test_names_that_no_file_has(project, names, expected):
    root = project({"exp_configs/d/m-only.py": WHOLE, "exp_configs/other/m-pair.py": WHOLE})
    assert message(lambda: load(CONTRACTS, *names, roots=[root])) == expected


def test_a_root_without_configs_is_named(tmp_path):
    told = message(lambda: load(CONTRACTS, "d", "m", "e", roots=[tmp_path]))
    assert told == f"-D d: there is no dataset_configs/ with configs in {tmp_path}"


def test_the_table_is_long_enough():
    assert len(IN_TEXT) + len(IN_RUN) + len(SET) + len(ELSEWHERE) >= 40
