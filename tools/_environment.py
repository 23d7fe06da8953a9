"""What must be settled before torch is imported: that it is there, and how its threads wait."""

import importlib
import importlib.util
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]

if importlib.util.find_spec("pyvideoai") is None or importlib.util.find_spec("torch") is None:
    _made = (_ROOT / ".venv").exists()
    print(
        f"error: {sys.executable} has no PyVideoAI; type: {'' if _made else f'make -C {_ROOT} install && '}"
        f"source {_ROOT}/.venv/bin/activate",
        file=sys.stderr,
    )
    sys.exit(2)

importlib.import_module("pyvideoai.environment").settle()  # not before it is known that there is one
