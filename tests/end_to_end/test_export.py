"""tools/export.py as a user calls it, and a reader of its files that knows nothing of this package."""

import json
from pathlib import Path

import av
import numpy as np
import pytest
import torch

import pyvideoai
from pyvideoai.commands import export
from pyvideoai.errors import UserError
from pyvideoai.exporting import graphs
from pyvideoai.models.weights import safetensors


def resized(pixels: np.ndarray, box: dict, size: int) -> torch.Tensor:
    """A box cut out of uint8 (H, W, 3) and resized, by sampling at the places of its pixels' centres."""
    height, width, _ = pixels.shape
    places = (np.arange(size) + 0.5) / size
    rows, columns = box["top"] + places * box["height"], box["left"] + places * box["width"]
    grid = np.stack(np.meshgrid(2 * columns / width - 1, 2 * rows / height - 1), axis=-1)
    source = torch.tensor(pixels).permute(2, 0, 1)[None].float()
    made = torch.nn.functional.grid_sample(
        source, torch.tensor(grid)[None].float(), align_corners=False, padding_mode="border"
    )
    return made[0].round()


def follow(recipe: dict, video: Path, run) -> np.ndarray:
    """Probabilities of a video by the recipe alone: a reader such as a phone's application has."""
    with av.open(str(video)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    sampling, pixels = recipe["frames"], recipe["pixels"]
    example = next(each for each in sampling["examples"] if each["num_frames"] == len(frames))
    boxes = next(each for each in pixels["examples"] if [each["height"], each["width"]] == [*frames[0].shape[:2]])
    mean, std = (torch.tensor(pixels[name]).view(3, 1, 1, 1) for name in ("mean", "std"))
    clips = [
        (torch.stack([resized(frames[place], box, pixels["size"]) for place in clip], dim=1) - mean) / std
        for clip in example["clips"]
        for box in boxes["boxes"]
    ]
    logits = run(torch.stack(clips))
    assert recipe["output"]["activation"] == "softmax" and recipe["output"]["average_over_views"] == "probabilities"
    return logits.softmax(-1).reshape(-1, len(recipe["classes"])).mean(0).numpy()


def test_the_weights_and_the_recipe_of_a_run(trained, capsys, tmp_path):
    assert export.main([str(trained), "--formats", "safetensors", "--out", str(tmp_path / "out")]) == 0
    recipe = json.loads((tmp_path / "out" / "model.json").read_text())
    assert recipe["classes"] == ["red", "blue"] and recipe["trained"]["epoch"] == 1
    assert recipe["input"]["shape"] == ["N", 3, 4, 32, 32] and recipe["output"]["shape"] == ["N", 2]
    assert recipe["frames"]["stride"] == 2 and recipe["frames"]["stride_counts"] == "the video's own frames"
    assert len(recipe["pixels"]["examples"][0]["boxes"]) == 3
    with (tmp_path / "out" / "model.safetensors").open("rb") as file:
        weights = safetensors.read(file)
    own = torch.load(trained / "weights" / "best.pth", weights_only=True)["model"]
    assert weights.keys() == own.keys() and all(torch.equal(weights[name], own[name]) for name in own)
    assert "written to" in capsys.readouterr().out


def test_a_graph_of_an_earlier_export_does_not_stay_beside_a_recipe_that_knows_nothing_of_it(trained, capsys, tmp_path):
    (tmp_path / "model.json").write_text('{"files": {"torch": {"file": "model.pt2"}}}')
    (tmp_path / "model.pt2").touch()
    (tmp_path / "model.onnx").touch()  # the JSON doesn't name it: it is somebody else's
    assert export.main([str(trained), "--formats", "safetensors", "--out", str(tmp_path)]) == 0
    assert "model.pt2 of an earlier export is removed" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob("model.*")) == ["model.json", "model.onnx", "model.safetensors"]


def test_an_export_that_fails_leaves_no_recipe_beside_the_files_that_it_has_replaced(trained, monkeypatch, tmp_path):
    def refuse(network, shape):
        raise UserError("torch.export can't follow it")

    monkeypatch.setattr(graphs, "traced", refuse)
    (tmp_path / "model.json").write_text("{}")
    with pytest.raises(UserError, match="can't follow it"):
        export.main([str(trained), "--formats", "safetensors", "torch", "--out", str(tmp_path)])
    assert [path.name for path in tmp_path.glob("model.*")] == ["model.safetensors"]


@pytest.mark.slow
def test_a_reader_that_follows_the_recipe_gets_our_probabilities(trained, monkeypatch):
    monkeypatch.setattr("pyvideoai.exporting.recipe.LENGTHS", ((12, 25.0),))
    monkeypatch.setattr("pyvideoai.exporting.recipe.SIZES", ((40, 48),))
    assert export.main([str(trained)]) == 0
    out = trained / "export"
    recipe = json.loads((out / "model.json").read_text())
    runs = [graphs.run_torch(out / "model.pt2")]
    if (out / "model.onnx").exists():
        runs.append(graphs.run_onnx(out / "model.onnx"))
    video = Path("clips/test_red_0.mp4")
    ours = pyvideoai.load(trained, device="cpu").probabilities(video)
    for run in filter(None, runs):
        assert np.abs(follow(recipe, video, run) - ours).max() < 0.01  # antialiasing and a 1/32 pixel


def test_what_cannot_be_exported_is_one_line(trained, monkeypatch, tmp_path):
    monkeypatch.setattr(graphs, "ONNX_PACKAGES", ("no_such_package",))
    with pytest.raises(UserError, match="give the folder of an experiment"):
        export.main([])
    with pytest.raises(UserError, match="does not exist"):
        export.main(["nothing"])
    with pytest.raises(UserError, match=r"--formats onnx needs no_such_package: pip install 'pyvideoai\[onnx\]'"):
        export.main([str(trained), "--formats", "onnx"])
    with pytest.raises(UserError, match="no checkpoint '7'"):
        export.main([str(trained), "-l", "7"])
    with pytest.raises(UserError, match=r"-l last: .*best.pth is a checkpoint itself"):
        export.main([str(trained / "weights" / "best.pth"), "-l", "last"])
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="can't be written"):
        export.main([str(trained), "--out", str(tmp_path / "file")])
