"""Keep the name that a service gave a run in the run's folder, so that a resume goes on with the same one."""

import json
from collections.abc import Callable
from pathlib import Path

from pyvideoai.errors import UserError
from pyvideoai.files import write_whole
from pyvideoai.redacted import redacted


def kept_id(folder: Path, service: str, place: str, make: Callable[[], str]) -> tuple[str, bool]:
    """Return the run's name at a service, and whether it is new.

    place: where at the service, such as "team/project": each logger has a run of its own. Names lie, by place, in
    logs/<service>.json. Raises UserError if that can't be read.
    """
    path, place = Path(folder, "logs", f"{service}.json"), redacted(place)
    kept = _read(path, place)
    if place in kept:
        return kept[place], False
    made = make()
    write_whole(path, json.dumps({**kept, place: made}) + "\n")
    return made, True


def _read(path: Path, place: str) -> dict[str, str]:
    """Return the run's names by place, or an empty dict if the file does not exist.

    A file of an older version holds one name, which is then the name at `place`. Raises UserError.
    """
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {place: str(kept["id"])} if "id" in kept else {str(each): str(name) for each, name in kept.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise UserError(f"{path} can't be read: {error}; remove it to report to a new run") from None


def title(folder: Path) -> str:
    """Return what people call a run: model/experiment[/variant]/version, the last parts of its folder."""
    return "/".join(folder.parts[-4:])
