"""Scenes of the motion demo: one textured shape before a textured background, and how it moves in each class.

Everything that a single frame shows (place, angle, size, shape, textures, colours) has the same distribution at every
time and for every class: place and angle are uniform on a circle, log size is uniform on an interval whose ends are
joined, and a class moves one of them along. So only the change between frames tells the class.
Pure arithmetic; lengths are in widths of the frame, angles in radians, time in frames.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

CLASSES = ("anticlockwise", "clockwise", "down", "growing", "left", "right", "shrinking", "up")
SMALLEST, LARGEST = 0.16, 0.42  # radius of the shape
LOG_RANGE = float(np.log(LARGEST / SMALLEST))
STEP, TURN, GROWTH = (0.006, 0.014), (0.03, 0.07), (0.016, 0.03)  # slowest and fastest, per frame


@dataclass(frozen=True)
class Texture:
    """Mix two colours by a sum of plane waves."""

    colours: np.ndarray  # float32 (2, 3), RGB in 0-255
    waves: np.ndarray  # float32 (W, 3): wave vector x, y and phase, in radians
    sharpness: float

    def paint(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Return float32 (..., 3) at the points x, y (any shapes that broadcast)."""
        total = sum(np.sin(wx * x + wy * y + phase) for wx, wy, phase in self.waves)
        mix = 0.5 + 0.5 * np.clip(self.sharpness * total, -1, 1)
        return self.colours[0] + mix[..., None] * (self.colours[1] - self.colours[0])


@dataclass(frozen=True)
class Scene:
    """Hold everything about a clip except its class."""

    corners: int
    depth: float  # of the outline's dents
    aspect: float
    shape: Texture
    background: Texture
    place: tuple[float, float]  # at time `anchor`, as are angle and zoom
    angle: float
    zoom: float  # log(radius / SMALLEST), from 0 to LOG_RANGE
    anchor: float
    drift: tuple[float, float, float, float]  # per frame, in every class: x, y, angle, zoom
    background_drift: tuple[float, float]
    speed: float  # 0 to 1, slow to fast


def draw_scene(rng: np.random.Generator, num_frames: int) -> Scene:
    """Draw a random scene for a clip of `num_frames` frames."""
    return Scene(
        corners=int(rng.integers(2, 6)),
        depth=rng.uniform(0.1, 0.45),
        aspect=rng.uniform(0.65, 1.0),
        shape=_texture(rng, 3, (1.5, 5.0), contrast=(75, 115)),
        background=_texture(rng, 4, (3.0, 25.0), contrast=(10, 24)),
        place=tuple(rng.uniform(0, 1, 2)),
        angle=rng.uniform(0, 2 * np.pi),
        zoom=rng.uniform(0, LOG_RANGE),
        anchor=rng.uniform(0, num_frames - 1),
        drift=tuple(rng.uniform(-1, 1, 4) * (0.0005, 0.0005, 0.004, 0.001)),
        background_drift=tuple(rng.uniform(-0.0005, 0.0005, 2)),
        speed=rng.uniform(),
    )


def _texture(
    rng: np.random.Generator, waves: int, lengths: tuple[float, float], contrast: tuple[float, float]
) -> Texture:
    """Draw a texture, its two colours on both sides of mid-grey.

    With free colours a small network takes hours until it looks at motion.
    """
    directions, phases = rng.uniform(0, 2 * np.pi, (2, waves))
    vectors = np.stack([np.cos(directions), np.sin(directions), phases], axis=1)
    vectors[:, :2] *= rng.uniform(*lengths, (waves, 1))
    axis = rng.choice([-1, 1]) * (0.6 + 0.4 * rng.uniform(-1, 1, 3))
    middle, step = 114 + rng.uniform(-12, 12, 3), rng.uniform(*contrast) * axis
    colours = np.clip([middle - step, middle + step], 0, 255)
    return Texture(colours.astype(np.float32), vectors.astype(np.float32), rng.uniform(0.4, 3.0))


def states(scene: Scene, name: str, times: np.ndarray) -> np.ndarray:
    """Return float64 (T, 4): x and y in [0, 1), angle, log(radius / SMALLEST) of class `name` at `times` (in
    frames).
    """
    since = np.asarray(times, float) - scene.anchor
    state = np.array([*scene.place, scene.angle, scene.zoom]) + since[:, None] * np.array(scene.drift)
    state += _motion(scene, name, since)
    return state % (1, 1, 2 * np.pi, LOG_RANGE)


def _motion(scene: Scene, name: str, since: np.ndarray) -> np.ndarray:
    """Return what the class adds to the state: float64 (T, 4), zero at the anchor."""
    step, turn, grow = (low + scene.speed * (high - low) for low, high in (STEP, TURN, GROWTH))
    rates = {
        "left": (-step, 0, 0, 0), "right": (step, 0, 0, 0), "up": (0, -step, 0, 0), "down": (0, step, 0, 0),
        "clockwise": (0, 0, turn, 0), "anticlockwise": (0, 0, -turn, 0),
        "growing": (0, 0, 0, grow), "shrinking": (0, 0, 0, -grow),
    }  # fmt: skip
    return since[:, None] * np.array(rates[name])


def render(scene: Scene, times: np.ndarray, size: int, names: Sequence[str] = CLASSES) -> Iterator[np.ndarray]:
    """Yield uint8 (T, size, size, 3), RGB, for each of the classes `names`: the scene at `times`.

    What leaves the frame on one side enters it on the other.
    """
    grid = (np.arange(size, dtype=np.float32) + 0.5) / size
    background = _background(scene, times, grid)
    for name in names:
        frames = background.copy()
        for frame, (x, y, angle, zoom) in zip(frames, states(scene, name, times), strict=True):
            _draw(scene, frame, grid, x, y, angle, SMALLEST * np.exp(zoom))
        yield np.clip(frames + 0.5, 0, 255).astype(np.uint8)


def _background(scene: Scene, times: np.ndarray, grid: np.ndarray) -> np.ndarray:
    shift = np.outer(np.asarray(times) - scene.anchor, scene.background_drift).astype(np.float32)
    x, y = (grid - shift[:, axis, None] for axis in (0, 1))
    return scene.background.paint(x[:, None, :], y[:, :, None])


def _draw(scene: Scene, frame: np.ndarray, grid: np.ndarray, x: float, y: float, angle: float, radius: float) -> None:
    """Paint the shape over `frame`, in place; only pixels in its bounding box are computed."""
    columns, rows = (np.flatnonzero(np.abs(_wrapped(grid - centre)) < 1.05 * radius) for centre in (x, y))
    dx, dy = (_wrapped(grid[near] - centre) / radius for near, centre in ((columns, x), (rows, y)))
    cos, sin = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u, v = cos * dx + sin * dy[:, None], cos * dy[:, None] - sin * dx
    box = np.ix_(rows, columns)
    cover = np.clip((_outline(scene, u, v) - np.hypot(u, v / np.float32(scene.aspect))) * radius * len(grid), 0, 1)
    frame[box] += cover[..., None] * (scene.shape.paint(u, v) - frame[box])


def _outline(scene: Scene, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Return the outline's distance from the middle in the direction of (u, v), at most 1."""
    return 1 - np.float32(scene.depth) * (0.5 + 0.5 * np.cos(scene.corners * np.arctan2(v, u)))


def _wrapped(offset: np.ndarray) -> np.ndarray:
    """Return offsets on a circle of length 1, in [-0.5, 0.5)."""
    return ((offset + 0.5) % 1 - 0.5).astype(np.float32)
