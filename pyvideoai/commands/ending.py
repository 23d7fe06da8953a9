"""End every tool in the same way: a user's error is one line and exit code 2, an interrupt 130, a bug a traceback.

With `--debug` (see `arguments.Parser`) a user's error shows its traceback, then the line.
"""

import sys
from collections.abc import Callable, Sequence

from pyvideoai.errors import UserError, explain, printable


def run(main: Callable[[Sequence[str]], int | None]) -> None:
    """Call `main` with the command line's arguments and exit with what it returns (None: 0)."""
    try:
        code = main(sys.argv[1:])
    except UserError as error:
        explain(error)
        print(f"error: {printable(str(error))}", file=sys.stderr)
        code = 2
    except KeyboardInterrupt:
        code = 130
    sys.exit(code or 0)
