"""The recipes of docs/ARCHITECTURE.md: files of a user's own folder, as they stand on the page, that train and test."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torchvision.models import resnet18
from workplaces import COLOURS, VIDEOS

import pyvideoai
from pyvideoai.commands import evaluate, train
from pyvideoai.errors import UserError
from pyvideoai.predictor import load_config

PAGE = Path(__file__).parents[2] / "docs" / "ARCHITECTURE.md"
FILES = dict(re.findall(r"```python\n# (\w+_configs/\w+\.py)\n(.*?)```", PAGE.read_text(), re.DOTALL))
SMALL = {
    "train_pixels.0.low": 32, "train_pixels.0.high": 40, "train_pixels.1.size": 32, "val_views.size": 32,
    "val_views.scale": 32, "test_views.size": 32, "test_views.scale": 32, "test_views.clips": 1, "global_batch": 8,
    "clips_per_device": 8, "workers": 0, "num_epochs": 1,
}  # fmt: skip


def choice(dataset="colours", model="small", experiment="crop224_plateau", *arguments, **settings):
    """A command line for the chosen configs in a small size."""
    typed = [text for name, value in (SMALL | settings).items() for text in ("--set", f"{name}={value}")]
    return ["-D", dataset, "-M", model, "-E", experiment, "-S", "run", *typed, *arguments]


def run(*names, **settings) -> Path:
    """Train; returns the folder of the last version."""
    arguments = choice(*names, **settings)
    assert train.main(arguments) == 0
    dataset, model, experiment = arguments[1:6:2]
    return sorted(Path("data/experiments", dataset, model, experiment, "run").iterdir())[-1]


@pytest.fixture
def recipe(workplace):
    """recipe(path): write the block of that path into the workplace."""

    def write(path: str) -> None:
        (workplace / path).write_text(FILES[path])

    return write


def test_the_page_has_ten_recipes_and_a_file_for_each_that_needs_no_change_of_the_package():
    titles = re.findall(r"^\*\*(\d+)\. ", PAGE.read_text(), re.MULTILINE)
    assert titles == [str(number) for number in range(1, 11)] and len(FILES) == 7
    for code in FILES.values():
        assert len(code.splitlines()) <= 45  # a screen


def test_a_metric(recipe):
    recipe("exp_configs/with_auroc.py")
    folder = run("colours", "small", "with_auroc")
    assert json.loads((folder / "results.json").read_text())["selected_by"] == "val/auroc"


def test_a_dataset(recipe):
    recipe("dataset_configs/by_name.py")
    folder = run("by_name")
    facts = json.loads((folder / "run.json").read_text())
    assert {name: each["videos"] for name, each in facts["splits"].items()} == {k: 2 * n for k, n in VIDEOS.items()}
    table = pd.read_csv(folder / "configs" / "splits" / "train.csv")
    assert table["video"].str.contains("blue").tolist() == (table["label"].astype(str) == "0").tolist()


def lay_ucf101(clips: Path) -> None:
    """The colours in UCF-101's names and lists, and a third class without videos."""
    lists = Path("ucf/ucfTrainTestlist")
    lists.mkdir(parents=True)
    (lists / "classInd.txt").write_text("1 Blue\n2 Green\n3 Red\n")
    for part in ("train", "test"):
        rows = []
        for number, name in enumerate(COLOURS):
            Path("ucf", name.title()).mkdir(exist_ok=True)
            for clip in range(VIDEOS[part]):
                video = f"{name.title()}/v_{name.title()}_g{clip:02d}{number}{part == 'test':d}_c01.mp4"
                Path("ucf", video).symlink_to((clips / "clips" / f"{part}_{name}_{clip}.mp4").resolve())
                rows.append(video)
        (lists / f"{part}list01.txt").write_text("\n".join([*rows, "Green/v_Green_g01_c01.mp4"]) + "\n")


def test_an_official_dataset_with_classes_of_ones_own(workplace, clips, capsys):
    lay_ucf101(clips)
    Path("ucf/ucfTrainTestlist/classes.txt").write_text("red\nblue\n")
    folder = run("ucf101", **{"dataset.root": "ucf"})
    assert json.loads((folder / "run.json").read_text())["classes"] == ["Red", "Blue"]
    told = "train: 2 of 3 classes, as the list of classes says; 1 of 33 rows are of the others and left out"
    assert told in capsys.readouterr().out
    Path("mine.txt").write_text("Bleu\nRed\n")
    with pytest.raises(UserError, match=r"mine\.txt:1: 'Bleu' is none of the 3 classes; did you mean 'Blue'\?"):
        train.main(choice("ucf101", **{"dataset.root": "ucf", "dataset.class_list": "mine.txt"}))


def test_a_model_takes_imagenets_weights_head_rates_and_freezing(recipe, capsys):
    recipe("model_configs/tsm_resnet18.py")
    torch.save(resnet18(num_classes=1000).state_dict(), "imagenet.pth")
    tuned = {"pretrained": "imagenet.pth", "head_factor": 10, "layer_decay": 0.5, "freeze": "conv1,bn1,layer1"}
    folder = run("colours", "tsm_resnet18", "finetune_adamw", **tuned, **{"model.clip": (4, 2)})
    report = json.loads((folder / "pretrained.json").read_text())
    assert report["missing"] == [] and {each["name"] for each in report["skipped"]} == {"fc.weight", "fc.bias"}
    shown = capsys.readouterr().out
    assert "frozen: conv1, bn1, layer1" in shown
    rates = re.findall(r"^  (layer\d|head) weights.*? (\S+)\s+0\.05$", shown, re.MULTILINE)
    learning_rate = 1e-4 * 8 / 32
    expected = {"layer2": 0.125, "layer3": 0.25, "layer4": 0.5, "head": 10}
    assert {name: float(rate) for name, rate in rates} == pytest.approx(
        {name: factor * learning_rate for name, factor in expected.items()}, rel=0.01
    )


def test_the_model_sees_the_order_of_frames_and_a_still_clip_as_its_frame(recipe):
    recipe("model_configs/tsm_resnet18.py")
    torch.manual_seed(0)
    network = load_config("colours", "tsm_resnet18", "brief").model.load_model(2).eval()
    clip = torch.randn(1, 3, 4, 32, 32)
    turned = clip.flip(2)
    with torch.no_grad():
        assert not torch.allclose(network(clip), network(turned), atol=1e-4)
        pairs = network(torch.cat([clip, turned]))
        assert torch.allclose(pairs, torch.cat([network(clip), network(turned)]), atol=1e-5)  # clips don't mix


def test_an_augmentation(recipe):
    recipe("exp_configs/darkened.py")
    run("colours", "small", "darkened")


def test_a_schedule(recipe):
    recipe("exp_configs/staircase.py")
    folder = run("colours", "small", "staircase", num_epochs=2)
    rates = pd.read_csv(folder / "summary.csv", comment="#")["learning_rate"]
    assert rates.tolist() == pytest.approx([5e-4 * 8 / 32 * factor for factor in (0.85, 1)])


@pytest.fixture
def messages(monkeypatch):
    """What was sent to a phone: (address, text)."""
    sent = []
    monkeypatch.setattr(
        "urllib.request.urlopen", lambda asked, timeout: sent.append((asked.full_url, asked.data.decode()))
    )
    monkeypatch.setenv("NTFY_TOPIC_TOKEN", "my-own-topic")
    return sent


def test_a_logger(recipe, messages):
    recipe("exp_configs/with_messages.py")
    folder = run("colours", "small", "with_messages")
    [(address, text)] = messages
    assert address == "https://ntfy.sh/my-own-topic"
    assert text.startswith("small/with_messages/run/version_000 has finished: {") and "test/top1 (best)" in text
    assert (folder / "tensorboard" / "val").is_dir()
    assert not [path for path in folder.rglob("*") if path.is_file() and b"my-own-topic" in path.read_bytes()]


def test_a_logger_that_can_t_start_is_said_once_and_names_no_folder(recipe, capsys):
    recipe("exp_configs/with_messages.py")
    folder = run("colours", "small", "with_messages")  # there is no topic in the environment
    told = [line for line in capsys.readouterr().out.splitlines() if "Phone" in line and "WARNING" in line]
    assert len(told) == 1 and told[0].startswith("WARNING: exp_configs/with_messages.py:")
    assert "the logger Phone, in start(...), raised KeyError" in told[0] and "the run goes on" in told[0]
    assert (folder / "results.json").exists()
    without = [
        each for each in choice("colours", "small", "with_messages", "--set", "loggers=()") if each not in ("-S", "run")
    ]
    assert train.main(without) == 0
    assert "loggers" not in " ".join(str(path) for path in Path("data/experiments").rglob("version_*"))


def test_a_failed_run_is_told(recipe, messages):
    recipe("exp_configs/with_messages.py")
    path = Path("exp_configs/with_messages.py")
    path.write_text(path.read_text() + "\n\ndef on_epoch_end(state):\n    raise RuntimeError('the disk is full')\n")
    with pytest.raises(UserError):
        train.main(choice("colours", "small", "with_messages"))
    assert len(messages) == 1 and "RuntimeError: the disk is full" in messages[0][1]


def test_ten_crops_are_recorded_scored_and_predicted(recipe, capsys):
    recipe("exp_configs/ten_crop.py")
    folder = run("colours", "small", "ten_crop")
    results = json.loads((folder / "results.json").read_text())
    assert results["views"] == "1 clip x 10 crops = 10 views"
    assert "TenCrop(clips=1, crops=10, scale=32, size=32" in (folder / "configs" / "resolved.txt").read_text()
    again = ["--from", str(folder), "-l", "last", "--out", "again.json"]
    assert evaluate.main(again) == 0
    assert json.loads(Path("again.json").read_text())["metrics"] == results["last"]["metrics"]
    assert (
        evaluate.main(
            [*again, "-p", "--set", "test_views.clips=2", "--set", "workers=1", "--set", "start_method=spawn"]
        )
        == 0
    )
    assert json.loads(Path("again.json").read_text())["views"] == "2 clips x 10 crops = 20 views"
    saved = np.load(next((folder / "predictions").glob("*.npz")))
    assert np.isfinite(saved["probabilities"]).all()
    assert len(pyvideoai.load(folder).predict("clips/test_red_0.mp4")) == 2
    assert train.main(["-l", str(folder), "-e", "2"]) == 0


MIRROR = "\nflip_keeps_label = {keeps}\nflip_labels = {pairs}\n"


def test_mirrored_views_are_refused_where_their_label_is_not_known(recipe):
    recipe("exp_configs/ten_crop.py")
    path = Path("dataset_configs/colours.py")
    path.write_text(path.read_text() + MIRROR.format(keeps=False, pairs=()))
    expected = "TenCrop has mirrored views, which can't be scored: in this dataset a mirrored video has another label"
    with pytest.raises(UserError, match=expected) as raised:
        train.main(choice("colours", "small", "ten_crop"))
    assert "\n" not in str(raised.value) and not list(Path("data").rglob("version_*"))


def test_a_protocol_that_gives_too_few_regions_is_named_with_its_line(recipe):
    recipe("exp_configs/ten_crop.py")
    path = Path("exp_configs/ten_crop.py")
    path.write_text(path.read_text().replace("return [*five, *(region.mirrored() for region in five)]", "return five"))
    told = r"ten_crop\.py:19: test_views: TenCrop\.regions\(height, width\) gives 5 regions for crops = 10"
    with pytest.raises(UserError, match=told):
        train.main(choice("colours", "small", "ten_crop"))
    path.write_text(path.read_text().replace("return five", "return five[:, 0]"))
    with pytest.raises(UserError, match=r"ten_crop\.py:16: test_views = TenCrop\(\.\.\.\) raised TypeError"):
        train.main(choice("colours", "small", "ten_crop"))


def test_mirrored_views_have_the_scores_of_left_and_right_exchanged(recipe, capsys):
    """A network that says the opposite of a mirror image: both average to one half unless scores are exchanged."""
    recipe("exp_configs/ten_crop.py")
    Path("model_configs/sides.py").write_text(SIDES)
    dataset = Path("dataset_configs/colours.py").read_text()
    kept = scored(run("colours", "sides", "ten_crop"))
    assert "exchanged back" not in capsys.readouterr().out
    assert kept == pytest.approx(np.full_like(kept, 0.5), abs=1e-3)
    Path("dataset_configs/sided.py").write_text(dataset + MIRROR.format(keeps=True, pairs=(("red", "blue"),)))
    folder = run("sided", "sides", "ten_crop")
    assert "the scores of left and right exchanged back" in capsys.readouterr().out
    exchanged = scored(folder)
    assert np.abs(exchanged - 0.5).mean() > 0.1
    predicted = dict(pyvideoai.load(folder, checkpoint="last").predict("clips/test_red_0.mp4"))
    assert predicted["red"] == pytest.approx(exchanged[0, 0], abs=1e-4)


def scored(folder: Path) -> np.ndarray:
    """Probabilities of the test videos by the last weights."""
    evaluate.main(["--from", str(folder), "-l", "last", "-p"])
    return np.load(next((folder / "predictions").glob("*.npz")))["probabilities"]


SIDES = '''
"""Whether the left half is brighter than the right; the weight hardly learns."""
import torch

from pyvideoai.models.normalise import Normalise

clip = (4, 2)
normalise = Normalise(mean=(0, 0, 0), std=(255, 255, 255))


class Sides(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.head = torch.nn.Linear(1, 2, bias=False)
        self.head.weight.data = torch.tensor([[400.0], [-400.0]])

    def forward(self, clips):
        left, right = clips.chunk(2, dim=-1)
        return self.head((left.flatten(1).mean(1) - right.flatten(1).mean(1))[:, None])


def load_model(num_classes):
    return Sides()
'''
