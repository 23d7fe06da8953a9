import matplotlib.image
import numpy as np

from pyvideoai.reporting.first_batch import draw_clips


def test_every_clip_is_a_row_of_its_frames(tmp_path):
    """Frame i of a clip is painted in shade i, so that the picture shows all shades of all clips."""
    shades = np.linspace(10, 240, 8).astype(np.uint8)
    clip = np.broadcast_to(shades[:, None, None, None], (8, 40, 60, 3))
    path = draw_clips(tmp_path / "first_batch.png", [("run", clip), ("0.70 walk, 0.30 $sit$", 255 - clip)])
    picture = matplotlib.image.imread(path)[..., :3]
    found = {round(255 * float(value)) for value in np.unique(picture[:, :, 0])}
    assert found >= {int(each) for each in shades} | {int(each) for each in 255 - shades}
    half = picture.shape[0] // 2
    columns = [np.median(picture[:half, :, 0], axis=0), np.median(picture[half:, :, 0], axis=0)]
    for row, order in zip(columns, (shades, 255 - shades), strict=True):
        places = [np.abs(row - shade / 255).argmin() for shade in order]
        assert places == sorted(places)
