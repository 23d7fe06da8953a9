"""Videos outside of the root, and copies outside of their folder: the first are counted, the second refused."""

import pytest

from pyvideoai.engine.outside import outside
from pyvideoai.errors import UserError
from pyvideoai.video.preparing import manifest
from pyvideoai.video.preparing.manifest import Row


def test_absolute_paths_and_links_out_of_the_root_are_counted(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (tmp_path / "far.mp4").touch()
    (root / "link.mp4").symlink_to(tmp_path / "far.mp4")
    (root / "inside.mp4").touch()
    (root / "within.mp4").symlink_to(root / "inside.mp4")
    (root / "circle.mp4").symlink_to(root / "circle.mp4")
    told = outside(
        root, ["inside.mp4", "within.mp4", "circle.mp4", "missing.mp4", "link.mp4", str(tmp_path / "far.mp4")]
    )
    assert told == (
        f"5 of 6 videos are named below {root}; 1 absolute path, such as {tmp_path / 'far.mp4'} and 1 link out of it, "
        "such as link.mp4"
    )
    assert outside(root, ["inside.mp4"]).endswith("; 0 absolute paths and 0 links out of it")


@pytest.mark.parametrize("copy", ["../a.mp4", "/etc/passwd", "a/../../b.mp4"])
def test_a_manifest_that_names_copies_elsewhere_is_refused(tmp_path, copy):
    manifest.write(tmp_path, [Row("a.mp4", copy, "x")])
    with pytest.raises(UserError, match="lies outside of its folder"):
        manifest.read(tmp_path)
