"""Runs the files of one layer in one namespace, and lends them `inherit` and the other layers while they run."""

import linecache
import sys
from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from pyvideoai.config.checks import check_source, refuse_missing, resolve_base
from pyvideoai.config.contract import Contract, Setting
from pyvideoai.config.entries import default, fitted, is_helper, unknown
from pyvideoai.config.errors import ConfigError, Place
from pyvideoai.config.lookup import Library, Names
from pyvideoai.config.namespace import Namespace, Running
from pyvideoai.config.overrides import Override
from pyvideoai.config.source import Source, parse
from pyvideoai.errors import UserError, hint

_running: list["Execution"] = []


def inherit(base: str, /, **pins: Any) -> None:
    """Run another config of this layer in this module's namespace, with the names in `pins` held against it.

    For config files, while they load. Raises ConfigError.
    """
    if not _running:
        raise ConfigError("inherit(...) is for config files, while they load")
    _running[-1].inherit(base, pins)


def seen_layer(name: str) -> Any:
    """`dataset_cfg` or `model_cfg` for the experiment that is loading; raises ImportError outside of that."""
    if not _running or name not in _running[-1].visible:
        raise ImportError(f"{name} is bound only while an experiment config loads: import it at the top of the config")
    return _running[-1].visible[name]


class Execution:
    """The run of one layer. `visible` are the other layers by the names under which its files may import them."""

    def __init__(
        self,
        contracts: Sequence[Contract],
        layer: str,
        library: Library,
        names: Names,
        sources: Sequence[Source],
        overrides: Sequence[Override],
        identity: str,
        visible: Mapping[str, Any],
    ) -> None:
        self.contracts, self.library, self.names, self.identity, self.visible = (
            contracts,
            library,
            names,
            identity,
            visible,
        )
        self.contract = next(each for each in contracts if each.layer == layer)
        self.sources = {source.path: source for source in sources}
        self.chosen = sources[0]
        self.fields = [each for each in overrides if each.path]
        given = {each.setting.name: each.value() for each in overrides if not each.path}
        self.namespace = Namespace(self.contract, given, self._refined)
        self.modules: dict[str, ConfigModule] = {}

    def run(self) -> Namespace:
        """Run the chosen file and its bases, check what came of it, fill in the defaults."""
        _running.append(self)
        try:
            self.namespace.enter(Running(self.chosen), {}, lambda: self._execute(self.chosen))
            self._finish()
        except Exception as error:
            raise self._told(error) from error
        finally:
            _running.pop()
        return self.namespace

    def inherit(self, base: str, pins: Mapping[str, Any]) -> None:
        """What `inherit` does in a file of this layer."""
        parent = self.namespace.stack[-1]
        place = self.namespace.use().place
        running = [file.source.path for file in self.namespace.stack]
        source = self._source(resolve_base(self.library, self.names, self.contract.layer, base, running, place))
        self.namespace.enter(Running(source, parent, base), pins, lambda: self._execute(source))

    def install(self) -> None:
        """Enter the files as modules, where pickling looks classes and functions up."""
        sys.modules.update(self.modules)

    def _source(self, path: Any) -> Source:
        """A base that its caller's text did not show is parsed and checked now."""
        if path not in self.sources:
            source = parse(path, self.library.label(path), self.library.text(path))
            check_source(source, self.contract, self.contracts)
            self.sources[path] = source
        return self.sources[path]

    def _execute(self, source: Source) -> None:
        name = self._module_name(source)
        self.modules[name] = sys.modules[name] = ConfigModule(name, source, self.namespace)
        lines = source.text.splitlines(keepends=True)
        linecache.cache[str(source.path)] = (
            len(source.text),
            None,
            lines,
            str(source.path),
        )  # tracebacks show what ran
        self.namespace.update(__name__=name, __file__=str(source.path))
        exec(source.code, self.namespace)

    def _module_name(self, source: Source) -> str:
        """The same in every process that loads the same configs; without dots, which an import would follow."""
        _, relative = self.library.place(source.path)
        return f"{relative.with_suffix('').as_posix()}@{self.identity}".replace(".", "%2e")

    def _refined(self, name: str, value: Any) -> Any:
        for override in self.fields:
            if override.setting.name == name:
                value = override.refined(value)
        return value

    def _finish(self) -> None:
        self.namespace.loading = False
        bound = {binding.name for source in self.sources.values() for binding in source.bindings}
        for name in self.namespace:
            if name not in bound and name not in self.contract.names and not is_helper(name):
                raise ConfigError(
                    f"{self.namespace.origins.get(name, self.chosen.label)}: {unknown(name, self.contract, 'setting')}"
                )
        refuse_missing(self.contract, self.chosen.label, self.namespace)
        for setting in (each for each in self.contract.entries if isinstance(each, Setting)):
            self._settle(setting)

    def _settle(self, setting: Setting) -> None:
        """The final value, checked once more (a dict may have changed since it was set), or the default."""
        origins = self.namespace.origins
        if setting.name in self.namespace:
            value = fitted(setting, self.namespace[setting.name], origins[setting.name])
        else:
            value = self._refined(setting.name, default(setting))
            origins[setting.name] = Place("default")
        self.namespace[setting.name] = value

    def _told(self, error: Exception) -> UserError:
        """An error of the config's own code as one line, with the line of the config that led to it."""
        if isinstance(error, ConfigError):
            return error
        place, trace = Place(self.chosen.label), error.__traceback__
        while trace is not None:
            source = next(
                (each for each in self.sources.values() if str(each.path) == trace.tb_frame.f_code.co_filename), None
            )
            place = Place(source.label, trace.tb_lineno) if source else place
            trace = trace.tb_next
        what = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
        return ConfigError(f"{place}: {' '.join(what.split())}")


class ConfigModule(ModuleType):
    """What `sys.modules` holds for a config file, so that pickling, dataclasses and inspect find what it defines."""

    def __init__(self, name: str, source: Source, namespace: Namespace) -> None:
        super().__init__(name)
        self.__file__ = str(source.path)
        self._namespace = namespace

    def __getattr__(self, name: str) -> Any:
        namespace = ModuleType.__getattribute__(self, "_namespace")
        if name in namespace:
            return dict.__getitem__(namespace, name)
        raise AttributeError(f"{self.__name__} has no {name!r}; {hint(name, namespace)}")

    @property
    def __dict__(self) -> Namespace:
        return self._namespace
