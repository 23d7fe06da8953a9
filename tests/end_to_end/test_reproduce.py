"""tools/reproduce.py: each row is an evaluation; what is missing is said, and a faulty row stops no other."""

import hashlib
from pathlib import Path

import pytest
import torch
from workplaces import MODEL

from pyvideoai.commands import reproduce
from pyvideoai.commands.which_run import load_named
from pyvideoai.errors import UserError
from pyvideoai.predictor import load_config

WEIGHTS = """
weights = {{
    "kinetics400": Weights("https://example.org/good.pth", "MIT", "{good}"),
    "kinetics400_other": Weights("https://example.org/bad.pth", "MIT", "{good}"),
}}
"""


@pytest.fixture
def published(workplace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row whose file is there, and one whose file has another hash."""
    torch.save(load_config("colours", "small", "brief").model.load_model(2).state_dict(), "good.pth")
    Path("data/pretrained").mkdir(parents=True)
    Path("data/pretrained/good.pth").write_bytes(Path("good.pth").read_bytes())
    Path("data/pretrained/bad.pth").write_bytes(b"another file")
    digest = hashlib.sha256(Path("good.pth").read_bytes()).hexdigest()[:8]
    imported = "from pyvideoai.models.weights.table import Weights\n"
    text = MODEL.lstrip().replace("from pyvideoai.models.normalise", imported + "from pyvideoai.models.normalise")
    Path("model_configs/small.py").write_text(text + WEIGHTS.format(good=digest))
    rows = [reproduce.Row("small", name, "brief", "colours") for name in ("kinetics400_other", "kinetics400")]
    monkeypatch.setattr(reproduce, "all_rows", lambda: iter(rows))


def test_rows_are_scored_and_a_wrong_file_is_a_line(published, capfd):
    assert reproduce.main(["--set", "test_views.clips=1", "--out", "scores"]) == 1
    wrong, right = Path("scores/rows.md").read_text().splitlines()[2:]
    assert "small:kinetics400_other" in wrong and "not scored: " in wrong and "its SHA-256 begins" in wrong
    assert "(1 clip x 3 crops = 3 views) | 10 | 0 | good.pth, " in right and right.endswith(", as published |")
    assert "1 row scored, 1 not" in capfd.readouterr().out


def test_a_dry_run_says_what_is_missing(published, capfd):
    assert reproduce.main(["--dry-run", "small:kinetics400"]) == 0
    said = capfd.readouterr().out
    assert "small:kinetics400: ready" in said and "-D colours -M small -E brief --weights kinetics400" in said
    Path("data/pretrained/good.pth").unlink()
    assert reproduce.main(["--dry-run", "small:kinetics400", "--set", "dataset.root=nowhere"]) == 1
    said = capfd.readouterr().out
    assert "small:kinetics400: no weights and no data" in said and "missing: dataset.root = " in said
    assert "put https://example.org/good.pth at " in said and not Path("data/reproduced").exists()
    with pytest.raises(UserError, match="no row 'smal'; did you mean 'small'"):
        reproduce.main(["smal"])


def test_every_published_classifier_of_kinetics_has_a_row_or_is_left_out_by_name():
    rows = list(reproduce.all_rows())
    assert len({row.name for row in rows}) == len(rows) >= 40
    for row in rows:
        options = reproduce.evaluate._parse(row.arguments(["dataset.root=k"], Path("out")))
        assert load_named(options, options.overrides).exp.test_views.count > (row.model != "s3d")
    assert all(name.partition(":")[2] for name in reproduce.OTHER_TESTS)
    assert {name for name in reproduce.left_out(rows) if "something" not in name} == {
        name for name, experiment in reproduce.OTHER_TESTS.items() if experiment is None
    }


def test_a_row_s_own_settings_yield_to_those_that_are_given():
    row = reproduce.Row("swin3d_t", "kinetics400", "torchvision_test")
    options = reproduce.evaluate._parse(row.arguments(["test_views.clips=3"], Path("out")))
    assert options.overrides.count("test_views.clips=3") == 1
    config = load_named(options, options.overrides)
    assert config.exp.test_views.clips == 3 and config.dataset.sample_in == "seconds"
