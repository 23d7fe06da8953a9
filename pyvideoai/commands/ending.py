"""End every tool in the same way: an error of the user or the machine is one line and exit code 2, a signal one line
and 128 + its number, a bug a traceback.

With `--debug` (see `arguments.Parser`) a user's error shows its traceback, then the line. Of the processes that
torchrun started on a machine, those that meet the same error print it once.
"""

import hashlib
import json
import os
import select
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pyvideoai.errors import UserError, explain, printable
from pyvideoai.faults import environment_fault
from pyvideoai.signals import Signals, Stopped


def run(main: Callable[[Sequence[str]], int | None]) -> None:
    """Call `main` with the command line's arguments and exit with what it returns (None: 0)."""
    try:
        with Signals():
            code = main(sys.argv[1:])
        if sys.stdout is not None:  # None: closed by whoever started this
            sys.stdout.flush()  # here, since at the end of the process it would be too late to answer an error
    except UserError as error:
        explain(error)
        line = f"error: {printable(str(error))}"
        if _is_first_to_say(line):
            print(line, file=sys.stderr, flush=True)
        code = 2
    except Stopped as stopped:
        print(stopped, file=sys.stderr)
        code = stopped.exit_code
    except KeyboardInterrupt:
        code = 130
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            sys.exit(128 + signal.SIGPIPE)
        told = environment_fault(error)
        if told is None:
            raise
        explain(error)
        print(f"error: {printable(told)}", file=sys.stderr)
        code = 2
    sys.exit(code or 0)


def _nobody_reads() -> bool:
    """Return whether the reader of the output has left, as `... | head` does; the rest is then written to nowhere."""
    try:
        output = sys.stdout.fileno()
        asked = select.poll()
        asked.register(output, 0)
        if not any(event & select.POLLERR for _, event in asked.poll(0)):
            return False  # another pipe is broken: to a worker, say
        os.dup2(os.open(os.devnull, os.O_WRONLY), output)  # for what Python still writes when it ends
    except (OSError, ValueError):  # an output without a file
        return False
    return True


def _is_first_to_say(line: str) -> bool:
    """Return whether no other process of this machine has said the line; tell torchrun, whose own report shows it.

    torchrun names a file for each process in a folder that the processes of a machine share. Its report, with a
    traceback of its own, can't be kept from the screen: every process must end with an exit code that is not 0.
    """
    file = os.environ.get("TORCHELASTIC_ERROR_FILE")
    if not file:
        return True
    try:
        extra = {"py_callstack": line, "timestamp": str(int(time.time()))}
        Path(file).write_text(json.dumps({"message": {"message": line, "extraInfo": extra}}))
        said = Path(file).parents[1] / f"said_{hashlib.sha256(line.encode()).hexdigest()[:16]}"
        said.touch(exist_ok=False)
    except FileExistsError:
        return False
    except OSError:
        return True  # a folder that is gone: better twice than never
    return True
