"""inherit: pins, what follows them, and what may be said after the base."""

import re

import pytest

from pyvideoai.config.load import ConfigError

IMPORT = "from pyvideoai.config import inherit\n"


def test_a_pinned_name_changes_derived_values_and_hooks(exp):
    layer = exp(IMPORT + 'inherit("base", global_batch=16)\n').exp
    assert (layer.global_batch, layer.learning_rate) == (16, pytest.approx(0.016))
    assert layer.optimiser("net") == ("net", pytest.approx(0.016), 0.9)


def test_a_setting_after_the_base_reaches_the_base_hooks(exp):
    layer = exp(IMPORT + 'inherit("base")\nmomentum = 0.5\n').exp
    assert layer.optimiser("net")[2] == 0.5


def test_a_hook_after_the_base_replaces_it_and_reads_the_base_settings(exp):
    layer = exp(IMPORT + 'inherit("base")\ndef optimiser(model):\n    return num_epochs\n').exp
    assert layer.optimiser("net") == 10


def test_a_child_may_use_and_then_change_what_the_base_only_set(exp):
    layer = exp(IMPORT + 'inherit("base")\nlearning_rate = learning_rate / 2\nlearning_rate *= 0.5\n').exp
    assert layer.learning_rate == pytest.approx(0.008)


def test_the_outermost_pin_wins_through_a_chain(loaded):
    files = {
        "exp_configs/e.py": IMPORT + 'inherit("middle", global_batch=4)\n',
        "exp_configs/middle.py": IMPORT + 'inherit("base", global_batch=16, num_epochs=3)\n',
    }
    layer = loaded(files).exp
    assert (layer.global_batch, layer.num_epochs, layer.learning_rate) == (4, 3, pytest.approx(0.004))
    assert loaded(files, "global_batch=2").exp.learning_rate == pytest.approx(0.002)


def test_a_pin_holds_through_a_base_that_does_not_know_it(loaded):
    files = {
        "exp_configs/e.py": IMPORT + 'inherit("middle", global_batch=4)\n',
        "exp_configs/middle.py": IMPORT + 'inherit("base", num_epochs=3)\nglobal_batch = 64\n',
    }
    layer = loaded(files).exp
    assert (layer.learning_rate, layer.global_batch, layer.num_epochs) == (pytest.approx(0.004), 4, 3)


def test_the_already_used_error_names_the_base_that_the_writer_can_pin(loaded):
    files = {
        "exp_configs/e.py": IMPORT + 'inherit("middle")\nglobal_batch = 4\n',
        "exp_configs/middle.py": IMPORT + 'inherit("base")\n',
    }
    told = 'e.py:3: global_batch was already used at exp_configs/base.py:5; write inherit("middle", global_batch=...)'
    with pytest.raises(ConfigError) as caught:
        loaded(files).execute()
    assert str(caught.value) == f"exp_configs/{told}"


def test_use_inside_a_function_that_the_base_calls_counts(loaded):
    base = "num_epochs = 1\ndef optimiser(model):\n    return seed\n_first = optimiser(1)\n"
    files = {"exp_configs/base.py": base, "exp_configs/e.py": IMPORT + 'inherit("base")\nseed = 4\n'}
    with pytest.raises(ConfigError, match=r"e\.py:3: seed was already used at exp_configs/base\.py:3;"):
        loaded(files).execute()


@pytest.mark.parametrize(
    "use", ["_all = [seed for _ in range(2)]", "_get = (lambda: seed)()", "_text = f'{seed}'", "_s = max(seed, 0)"]
)
def test_every_way_to_use_a_setting_counts(loaded, use):
    base = f"num_epochs = 1\n{use}\ndef optimiser(model):\n    return 1\n"
    files = {"exp_configs/base.py": base, "exp_configs/e.py": IMPORT + 'inherit("base")\nseed = 4\n'}
    with pytest.raises(ConfigError, match=r"e\.py:3: seed was already used at exp_configs/base\.py:2;"):
        loaded(files).execute()


def test_two_bases_may_not_set_the_same_name(loaded):
    files = {
        "exp_configs/e.py": IMPORT + 'inherit("base")\ninherit("long")\n',
        "exp_configs/long.py": "num_epochs = 100\ndef optimiser(model):\n    return 1\n",
    }
    told = "exp_configs/long.py:1: num_epochs was already set at exp_configs/base.py:3"
    with pytest.raises(ConfigError) as caught:
        loaded(files).execute()
    assert str(caught.value) == f'{told}; write inherit("base", num_epochs=...)'


def test_helpers_can_be_pinned(loaded):
    base = "_crop = 224\nnum_epochs = _crop\ndef optimiser(model):\n    return _crop\n"
    files = {"exp_configs/base.py": base, "exp_configs/e.py": IMPORT + 'inherit("base", _crop=112)\n'}
    layer = loaded(files).exp
    assert (layer.num_epochs, layer.optimiser("net")) == (112, 112)


def test_hooks_can_be_pinned(exp):
    layer = exp(IMPORT + 'inherit("base", optimiser=lambda model: "mine")\n').exp
    assert layer.optimiser("net") == "mine"


def test_pins_hold_against_every_kind_of_assignment(loaded):
    base = (
        "seed, num_epochs = 1, 2\nseed: int = 3\nseed += 1\nfor seed in (5, 6):\n    pass\n"
        "if (seed := 7):\n    pass\ndef optimiser(model):\n    return seed\n"
    )
    files = {"exp_configs/base.py": base, "exp_configs/e.py": IMPORT + 'inherit("base", seed=40)\n'}
    layer = loaded(files).exp
    assert (layer.seed, layer.num_epochs, layer.optimiser("net")) == (40, 2, 40)


def test_the_same_import_in_child_and_base_is_no_change(exp):
    text = IMPORT + "from config_pieces import Views\n" + 'inherit("base")\nfrom config_pieces import Dense\n'
    assert exp(text + "train_clip = Dense(4)\n").exp.train_clip.frames == 4


def test_conditions_and_loops_at_module_level(exp):
    text = (
        IMPORT + 'from pyvideoai.config import dataset_cfg\ninherit("base")\n'
        "if dataset_cfg.split == 1:\n    seed = 5\nelse:\n    seed = 6\n"
        "for _i in range(3):\n    momentum = 0.1 * _i\n"
    )
    layer = exp(text).exp
    assert (layer.seed, layer.momentum) == (5, pytest.approx(0.2))


def test_a_base_chosen_at_run_time_is_checked_too(loaded):
    child = IMPORT + '_name = "ba" + "se"\ninherit(_name, num_epochs=5)\n'
    assert loaded({"exp_configs/e.py": child}).exp.num_epochs == 5
    broken = {"exp_configs/e.py": child, "exp_configs/base.py": "num_epoch = 1\n"}
    with pytest.raises(ConfigError, match=r"exp_configs/base\.py:1: unknown setting 'num_epoch'"):
        loaded(broken).execute()


def test_inherit_works_in_the_other_layers(loaded):
    files = {
        "dataset_configs/d.py": IMPORT + 'inherit("raw", split=2)\n',
        "dataset_configs/raw.py": 'split = 1\nroot = f"data/{split}"\ndef classes():\n    return split\n',
        "model_configs/m.py": IMPORT + 'inherit("net")\ndropout = 0.1\n',
        "model_configs/net.py": "clip = 4, 2\ndef load_model(num_classes):\n    return dropout\n",
    }
    config = loaded(files)
    assert (str(config.dataset.root), config.dataset.classes(), config.model.load_model(3)) == ("data/2", 2, 0.1)


def test_file_and_name_are_those_of_each_file(loaded):
    base = (
        "'Base.'\nnum_epochs = 1\n_at_load = __file__\ndef optimiser(model):\n    return _at_load, __file__, __name__\n"
    )
    child = (
        '"""Mine."""\n' + IMPORT + 'inherit("base")\n_after = __file__\n'
        "def loss(logits, target):\n    return _after, __file__\n"
        "class Mine:\n    said = __doc__\n"
        "def lr_factor(epoch):\n    return Mine\n"
    )
    layer = loaded({"exp_configs/base.py": base, "exp_configs/e.py": child}).exp
    at_load, later, _ = layer.optimiser("net")
    assert at_load.endswith("exp_configs/base.py") and later == at_load
    mine = layer.lr_factor(0)
    assert mine.__module__.startswith("exp_configs/e@") and mine.said == "Mine."
    assert all(each.endswith("exp_configs/e.py") for each in layer.loss(0, 0))


def test_inherit_and_the_other_layers_exist_only_while_configs_load():
    import pyvideoai.config

    with pytest.raises(ConfigError, match="while they load"):
        pyvideoai.config.inherit("base")
    with pytest.raises(ImportError, match="model_cfg is bound only while an experiment config loads"):
        from pyvideoai.config import model_cfg  # noqa: F401
    with pytest.raises(AttributeError):
        pyvideoai.config.anything  # noqa: B018


def test_uses_after_loading_are_not_recorded(exp):
    config = exp(IMPORT + 'inherit("base")\n')
    namespace = config.exp.optimiser.__wrapped__.__globals__
    recorded = repr(namespace._readers)
    config.exp.optimiser("net")
    assert repr(namespace._readers) == recorded


@pytest.mark.parametrize(
    "text",
    [
        "from pyvideoai.config import inherit as take\ntake('base', seed=4)\n",
        "import pyvideoai.config as c\nc.inherit('base', seed=4)\n",
        IMPORT + "def _take():\n    inherit('base', seed=4)\n_take()\n",
        IMPORT + "inherit(*['base'], **{'seed': 4})\n",
    ],
)
def test_other_ways_to_call_inherit(exp, text):
    assert exp(text).exp.seed == 4


def test_a_function_that_is_never_called_inherits_nothing(exp):
    assert exp(IMPORT + 'inherit("base")\ndef _never():\n    inherit("nothing")\n').exp.num_epochs == 10


def test_a_field_may_be_set_that_only_the_final_value_has(loaded):
    base = "from config_pieces import Segments\nnum_epochs = 1\ntrain_clip = Segments(4)\n"
    files = {
        "exp_configs/base.py": base + "def optimiser(model):\n    return 1\n",
        "exp_configs/e.py": "from config_pieces import Dense\n" + IMPORT + 'inherit("base")\ntrain_clip = Dense(4)\n',
    }
    assert loaded(files, "train_clip.stride=2").exp.train_clip.stride == 2


def test_a_scaled_rate_follows_the_batch_and_counts_as_its_use(loaded):
    base = "from pyvideoai.config import scaled\nglobal_batch = 32\nlearning_rate = scaled(1e-2, per=64)\n"
    base += "num_epochs = 1\ndef optimiser(model):\n    return learning_rate\n"
    files = {"exp_configs/base.py": base, "exp_configs/e.py": IMPORT + 'inherit("base", global_batch=16)\n'}
    assert loaded({"exp_configs/base.py": base}).exp.learning_rate == pytest.approx(5e-3)
    assert loaded(files).exp.optimiser("net") == pytest.approx(2.5e-3)
    assert loaded(files, "global_batch=8").exp.learning_rate == pytest.approx(1.25e-3)
    late = {**files, "exp_configs/e.py": IMPORT + 'inherit("base")\nglobal_batch = 16\n'}
    with pytest.raises(ConfigError, match=r"e\.py:3: global_batch was already used at exp_configs/base\.py:3; write"):
        loaded(late).execute()


def test_scaled_without_a_batch_is_told(loaded):
    from pyvideoai.config import scaled

    with pytest.raises(ConfigError, match=r"scaled\(...\) is for config files, while they load"):
        scaled(1e-2, per=64)
    text = "from pyvideoai.config import scaled\nlearning_rate = scaled(1, per=64)\nglobal_batch = 8\nnum_epochs = 1\n"
    with pytest.raises(ConfigError) as caught:
        loaded({"exp_configs/e.py": text + "def optimiser(model):\n    return 1\n"}).execute()
    assert str(caught.value) == "exp_configs/e.py:2: scaled(...) needs global_batch; set it above"


@pytest.mark.parametrize("removed", ['inherit("hooked")\nloss = None', 'inherit("hooked", loss=None)'])
def test_none_removes_an_optional_hook_of_a_base(loaded, removed):
    hooked = 'from pyvideoai.config import inherit\ninherit("base")\ndef loss(logits, target):\n    return 0\n'
    files = {"exp_configs/hooked.py": hooked, "exp_configs/e.py": f"from pyvideoai.config import inherit\n{removed}\n"}
    assert loaded(files, experiment="hooked").exp.loss is not None
    config = loaded(files)
    assert config.exp.loss is None
    assert re.search(r"^  loss +None +line \d$", config.table(), re.MULTILINE)
