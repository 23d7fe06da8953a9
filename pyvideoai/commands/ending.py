"""End every tool in the same way: an error of the user or the machine is one line and exit code 2, a signal one line
and 128 + its number, a bug a traceback.

With `--debug` (see `arguments.Parser`) a user's error shows its traceback, then the line.
"""

import sys
from collections.abc import Callable, Sequence

from pyvideoai.errors import UserError, explain, printable
from pyvideoai.faults import environment_fault
from pyvideoai.signals import Signals, Stopped


def run(main: Callable[[Sequence[str]], int | None]) -> None:
    """Call `main` with the command line's arguments and exit with what it returns (None: 0)."""
    try:
        with Signals():
            code = main(sys.argv[1:])
    except UserError as error:
        explain(error)
        print(f"error: {printable(str(error))}", file=sys.stderr)
        code = 2
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        code = stopped.exit_code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        told = environment_fault(error)
        if told is None:
            raise
        explain(error)
        print(f"error: {printable(told)}", file=sys.stderr)
        code = 2
    sys.exit(code or 0)
