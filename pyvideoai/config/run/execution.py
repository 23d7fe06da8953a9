"""Run the files of one layer in one namespace; give them `inherit` and the other layers while they run."""

from collections.abc import Mapping, Sequence
from typing import Any

from pyvideoai.config.contract import Setting
from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.explain import explained
from pyvideoai.config.run.modules import ConfigModule, module_name, register
from pyvideoai.config.run.namespace import Namespace, Running
from pyvideoai.config.text.chain import Chain
from pyvideoai.config.text.source import Source
from pyvideoai.config.values.entries import default, fitted, is_helper, unknown
from pyvideoai.config.values.overrides import Override

_running: list["Execution"] = []


def inherit(base: str, /, **pins: Any) -> None:
    """Run another config of this layer in this module's namespace, with the names in `pins` fixed against it.

    For config files, while they load. Raises ConfigError.
    """
    if not _running:
        raise ConfigError("inherit(...) is for config files, while they load")
    _running[-1].inherit(base, pins)


def scaled(rate: float, *, per: int) -> float:
    """Return `rate`, which is meant for `per` clips a step, scaled in proportion to this config's `global_batch`.

    For config files, while they load: `learning_rate = scaled(5e-4, per=32)`, below `global_batch`. The linear rule of
    Goyal et al. 2017, arXiv:1706.02677. Raises ConfigError.
    """
    if not _running:
        raise ConfigError("scaled(...) is for config files, while they load")
    namespace = _running[-1].namespace
    if "global_batch" not in namespace:
        raise ConfigError(f"{namespace.use().place}: scaled(...) needs global_batch; set it above")
    return rate * namespace["global_batch"] / per


def seen_layer(name: str) -> Any:
    """Return a layer that the loading config may see: an experiment both others, a model `dataset_cfg`. Else raise
    ImportError.
    """
    if not _running or name not in _running[-1].visible:
        whose = "an experiment" if name == "model_cfg" else "an experiment or model"
        raise ImportError(f"{name} is bound only while {whose} config loads: import it at the top of the config")
    return _running[-1].visible[name]


class Execution:
    """Run one layer's files. visible: the other layers, by the names that these files may import."""

    def __init__(
        self, chain: Chain, overrides: Sequence[Override], identity: str, visible: Mapping[str, Any] | None = None
    ) -> None:
        self.chain, self.contract, self.identity, self.visible = chain, chain.contract, identity, visible or {}
        # A whole setting is pinned from the start; a field can be replaced only where there is a value.
        self.fields = [each for each in overrides if each.path]
        self.namespace = Namespace(
            self.contract, {each.setting.name: each.value() for each in overrides if not each.path}, self._refined
        )
        self.modules: list[tuple[ConfigModule, Source]] = []

    def run(self) -> Namespace:
        """Run the chosen file and its bases, check the result, fill in the defaults. Raises ConfigError."""
        _running.append(self)
        try:
            self.namespace.enter(Running(self.chain.chosen), {}, self._execute)
            self._finish()
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError(f"{self._place(error)}: {explained(error, self.namespace)}") from error
        finally:
            _running.pop()
        return self.namespace

    def inherit(self, base: str, pins: Mapping[str, Any]) -> None:
        """Do what `inherit` does in a file of this layer."""
        stack = self.namespace.stack
        source = self.chain.base(base, [file.source.path for file in stack], self.namespace.use().place)
        self.namespace.enter(Running(source, stack[-1], base), pins, self._execute)

    def install(self) -> None:
        """Enter the files as modules, where pickling looks up classes and functions."""
        for module, source in self.modules:
            register(module, source)

    def _execute(self, source: Source) -> None:
        _, relative = self.chain.files.place(source.path)
        module = ConfigModule(module_name(relative.as_posix(), self.identity), source, self.namespace)
        # Registered before it runs: `dataclass` looks for the module of the class that it decorates.
        self.modules.append((module, source))
        register(module, source)
        self.namespace.update(__name__=module.__name__, __file__=str(source.path))
        exec(source.code, self.namespace)

    def _refined(self, name: str, value: Any, *, is_final: bool = False) -> Any:
        """Return the value with the fields of `--set name.field=...` applied.

        While the files run, a field that a value does not have is passed over: a later value may have it. The final one
        must.
        """
        for override in (each for each in self.fields if each.setting.name == name):
            value = override.refined(value) if is_final or not override.fault(value) else value
        return value

    def _finish(self) -> None:
        # From here on reads and writes are the program's own, which are not recorded.
        self.namespace.loading = False
        self._refuse_smuggled()
        self.chain.refuse_missing(self.namespace)
        for setting in (each for each in self.contract.entries if isinstance(each, Setting)):
            self._settle(setting)

    def _refuse_smuggled(self) -> None:
        """Refuse names that no statement sets, such as those of `globals()[...] = ...`."""
        for name in self.namespace.keys() - self.chain.bound - set(self.contract.names):
            if not is_helper(name):
                place = self.namespace.origins.get(name, self.chain.chosen.label)
                raise ConfigError(f"{place}: {unknown(name, self.contract, 'setting', self.chain.others)}")

    def _settle(self, setting: Setting) -> None:
        """Set the final value of a setting, or its default.

        It is checked again: a dict may have changed since it was set.
        """
        origins = self.namespace.origins
        if setting.name in self.namespace:
            value = fitted(setting, self.namespace[setting.name], origins[setting.name])
        else:
            value, origins[setting.name] = default(setting), Place("default")
        self.namespace[setting.name] = self._refined(setting.name, value, is_final=True)

    def _place(self, error: Exception) -> Place:
        """Return the last line in a config on the way to the error."""
        labels, place, trace = self.chain.labels, Place(self.chain.chosen.label), error.__traceback__
        while trace is not None:
            filename = trace.tb_frame.f_code.co_filename
            place = Place(labels[filename], trace.tb_lineno) if filename in labels else place
            trace = trace.tb_next
        return place
