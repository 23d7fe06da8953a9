"""Keep the name that a service gave a run in the run's folder, so that a resume goes on with the same one."""

import json
from collections.abc import Callable
from pathlib import Path

from pyvideoai.errors import UserError
from pyvideoai.files import write_whole


def kept_id(folder: Path, service: str, make: Callable[[], str]) -> tuple[str, bool]:
    """Return the run's name at a service, and whether it is new. It lies in logs/<service>.json."""
    path = Path(folder, "logs", f"{service}.json")
    try:
        return str(json.loads(path.read_text(encoding="utf-8"))["id"]), False
    except FileNotFoundError:
        pass
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} can't be read: {error}; remove it to report to a new run") from None
    made = make()
    write_whole(path, json.dumps({"id": made}) + "\n")
    return made, True


def title(folder: Path) -> str:
    """Return what people call a run: model/experiment[/variant]/version, the last parts of its folder."""
    return "/".join(folder.parts[-4:])
