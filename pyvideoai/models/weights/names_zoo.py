"""How PySlowFast, PyTorchVideo and Caffe2 name the networks of two pathways, X3D, Slow, CSN and R(2+1)D.

Pairs of (their name, our name), with the placeholders of `names`; the first that matches holds.
"""

Rules = tuple[tuple[str, str], ...]
_PATHWAYS = ("slow", "fast")
_FUSED = ("stem", "layer1", "layer2", "layer3")  # the fast pathway joins the slow one after these
_BLOCK = "layer{layer}.{i}."


def _pathway(pathway: str) -> str:
    return f"layer{{layer}}.{pathway}.{{i}}."


def _caffe2_slowfast() -> Rules:
    # "t_res2_2_branch2c_bn_subsample_bn_s" would match the rule of "..._branch2c_bn_{leaf}" too: fusions come first.
    rules = [
        ("t_pool1_subsample_bn_{leaf}", "stem.fuse.bn.{leaf}"),
        ("t_pool1_subsample_{leaf}", "stem.fuse.conv.{leaf}"),
        ("t_res{stage}_{i}_branch2c_bn_subsample_bn_{leaf}", "layer{layer}.fuse.bn.{leaf}"),
        ("t_res{stage}_{i}_branch2c_bn_subsample_{leaf}", "layer{layer}.fuse.conv.{leaf}"),
    ]
    for prefix, pathway in zip(("", "t_"), _PATHWAYS, strict=True):
        ours = _pathway(pathway)
        rules += [
            (prefix + "conv1_{leaf}", f"stem.{pathway}.conv1.{{leaf}}"),
            (prefix + "res_conv1_bn_{leaf}", f"stem.{pathway}.bn1.{{leaf}}"),
            (prefix + "res{stage}_{i}_branch2{abc}_bn_{leaf}", ours + "bn{n}.{leaf}"),
            (prefix + "res{stage}_{i}_branch2{abc}_{leaf}", ours + "conv{n}.{leaf}"),
            (prefix + "res{stage}_{i}_branch1_bn_{leaf}", ours + "downsample.1.{leaf}"),
            (prefix + "res{stage}_{i}_branch1_{leaf}", ours + "downsample.0.{leaf}"),
        ]
    return (*rules, ("pred_{leaf}", "fc.{leaf}"))


def _pyslowfast_block(number: int, ours: str) -> list[tuple[str, str]]:
    block = f"s{{stage}}.pathway{number}_res{{i}}."
    return [
        (block + "branch2.{abc}_bn.{leaf}", ours + "bn{n}.{leaf}"),
        (block + "branch2.{abc}.{leaf}", ours + "conv{n}.{leaf}"),
        (block + "branch1_bn.{leaf}", ours + "downsample.1.{leaf}"),
        (block + "branch1.{leaf}", ours + "downsample.0.{leaf}"),
    ]


def _pyslowfast_slowfast() -> Rules:
    rules = [("head.projection.{leaf}", "fc.{leaf}")]
    for number, pathway in enumerate(_PATHWAYS):
        rules += [
            (f"s1.pathway{number}_stem.conv.{{leaf}}", f"stem.{pathway}.conv1.{{leaf}}"),
            (f"s1.pathway{number}_stem.bn.{{leaf}}", f"stem.{pathway}.bn1.{{leaf}}"),
            *_pyslowfast_block(number, _pathway(pathway)),
        ]
    for number, ours in enumerate(_FUSED, start=1):
        rules += [
            (f"s{number}_fuse.conv_f2s.{{leaf}}", f"{ours}.fuse.conv.{{leaf}}"),
            (f"s{number}_fuse.bn.{{leaf}}", f"{ours}.fuse.bn.{{leaf}}"),
        ]
    return tuple(rules)


def _pytorchvideo_block(block: str, ours: str) -> list[tuple[str, str]]:
    return [
        (block + "branch2.norm_{abc}.{leaf}", ours + "bn{n}.{leaf}"),
        (block + "branch2.conv_{abc}.{leaf}", ours + "conv{n}.{leaf}"),
        (block + "branch1_norm.{leaf}", ours + "downsample.1.{leaf}"),
        (block + "branch1_conv.{leaf}", ours + "downsample.0.{leaf}"),
    ]


def _pytorchvideo_slowfast() -> Rules:
    rules = [("blocks.6.proj.{leaf}", "fc.{leaf}")]
    for number, pathway in enumerate(_PATHWAYS):
        part = f"multipathway_blocks.{number}."
        rules += [
            (f"blocks.0.{part}conv.{{leaf}}", f"stem.{pathway}.conv1.{{leaf}}"),
            (f"blocks.0.{part}norm.{{leaf}}", f"stem.{pathway}.bn1.{{leaf}}"),
            *_pytorchvideo_block(f"blocks.{{layer}}.{part}res_blocks.{{i}}.", _pathway(pathway)),
        ]
    for number, ours in enumerate(_FUSED):
        rules += [
            (f"blocks.{number}.multipathway_fusion.conv_fast_to_slow.{{leaf}}", f"{ours}.fuse.conv.{{leaf}}"),
            (f"blocks.{number}.multipathway_fusion.norm.{{leaf}}", f"{ours}.fuse.bn.{{leaf}}"),
        ]
    return tuple(rules)


CAFFE2_SLOWFAST = _caffe2_slowfast()
PYSLOWFAST_SLOWFAST = _pyslowfast_slowfast()
PYTORCHVIDEO_SLOWFAST = _pytorchvideo_slowfast()
PYSLOWFAST_X3D: Rules = (
    ("s1.pathway0_stem.conv_xy.{leaf}", "stem.space.{leaf}"),
    ("s1.pathway0_stem.conv.{leaf}", "stem.time.{leaf}"),
    ("s1.pathway0_stem.bn.{leaf}", "stem.bn.{leaf}"),
    ("s{stage}.pathway0_res{i}.branch2.se.fc1.{leaf}", _BLOCK + "se.reduce.{leaf}"),
    ("s{stage}.pathway0_res{i}.branch2.se.fc2.{leaf}", _BLOCK + "se.expand.{leaf}"),
    *_pyslowfast_block(0, _BLOCK),
    ("head.conv_5.{leaf}", "conv5.conv.{leaf}"),
    ("head.conv_5_bn.{leaf}", "conv5.bn.{leaf}"),
    ("head.lin_5.{leaf}", "lin5.{leaf}"),
    ("head.projection.{leaf}", "fc.{leaf}"),
)
PYTORCHVIDEO_X3D: Rules = (
    # Theirs swaps the names: conv_t is the convolution over space, conv_xy the one over time.
    ("blocks.0.conv.conv_t.{leaf}", "stem.space.{leaf}"),
    ("blocks.0.conv.conv_xy.{leaf}", "stem.time.{leaf}"),
    ("blocks.0.norm.{leaf}", "stem.bn.{leaf}"),
    ("blocks.{layer}.res_blocks.{i}.branch2.norm_b.0.{leaf}", _BLOCK + "bn2.{leaf}"),
    ("blocks.{layer}.res_blocks.{i}.branch2.norm_b.1.block.0.{leaf}", _BLOCK + "se.reduce.{leaf}"),
    ("blocks.{layer}.res_blocks.{i}.branch2.norm_b.1.block.2.{leaf}", _BLOCK + "se.expand.{leaf}"),
    *_pytorchvideo_block("blocks.{layer}.res_blocks.{i}.", _BLOCK),
    ("blocks.5.pool.pre_conv.{leaf}", "conv5.conv.{leaf}"),
    ("blocks.5.pool.pre_norm.{leaf}", "conv5.bn.{leaf}"),
    ("blocks.5.pool.post_conv.{leaf}", "lin5.{leaf}"),
    ("blocks.5.proj.{leaf}", "fc.{leaf}"),
)
# Slow, CSN and R(2+1)D have no pool between their layers, so that the numbers of their blocks are those of the layers.
PYTORCHVIDEO_WITHOUT_POOL: Rules = (
    ("blocks.0.conv.{leaf}", "conv1.{leaf}"),
    ("blocks.0.norm.{leaf}", "bn1.{leaf}"),
    ("blocks.{layer}.res_blocks.{i}.branch2.conv_b.conv_t.{leaf}", _BLOCK + "conv2.time.{leaf}"),
    ("blocks.{layer}.res_blocks.{i}.branch2.conv_b.norm.{leaf}", _BLOCK + "conv2.bn.{leaf}"),
    ("blocks.{layer}.res_blocks.{i}.branch2.conv_b.conv_xy.{leaf}", _BLOCK + "conv2.space.{leaf}"),
    *_pytorchvideo_block("blocks.{layer}.res_blocks.{i}.", _BLOCK),
    ("blocks.5.proj.{leaf}", "fc.{leaf}"),
)
