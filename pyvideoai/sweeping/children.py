"""Train each run of a sweep in a process of its own: one after another, or on several devices at a time."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pyvideoai.config.values.overrides import parse_overrides
from pyvideoai.engine.settings import CONTRACTS
from pyvideoai.errors import UserError, counted
from pyvideoai.experiment import ExperimentFolder, find_version, has_versions
from pyvideoai.lock import Lock, holder
from pyvideoai.processes import pick_device
from pyvideoai.sweeping.plan import Plan, Planned

FINISHED, INTERRUPTED, NEW, RUNNING, FAILED = "finished", "interrupted", "new", "running elsewhere", "failed"
POLL_S = 0.2
PATIENCE_S = 300.0  # that a run may take to save its state when the sweep is stopped


@dataclass
class Child:
    """Hold a run that is trained: its process, device, place in the plan, and the file of its output.

    claim: keeps other sweeps, on this machine or another, from starting the same run.
    """

    number: int
    run: Planned
    device: str
    process: subprocess.Popen
    log: Path
    claim: Lock
    began: float = field(default_factory=time.monotonic)


def version_of_run(run: Planned) -> ExperimentFolder | None:
    """Return the version that a sweep's run has made; None if there is none yet."""
    if not has_versions(run.base):
        return None
    folder = find_version(run.base)
    return folder if (folder.path / "run.json").exists() else None


def state_of(run: Planned) -> str:
    """Return how far a run is."""
    folder = version_of_run(run)
    if folder is None:
        return NEW
    if holder(folder.path) is not None:
        return RUNNING
    return FINISHED if folder.is_finished else INTERRUPTED


def train_all(
    plan: Plan,
    devices: Sequence[str | None],
    *,
    root: Path,
    say: Callable[[str], None],
    advance: Callable[[], object] = lambda: None,
    told: Callable[[Planned], str] = lambda run: "",
) -> list[Planned]:
    """Train the runs that have not finished, one on each of `devices` at a time; return those that failed.

    devices: values of the setting `device`, or None for the experiment's own; a name may be there several times.
    advance: called for each run that is over. told: what to say of one that has finished. A signal, or any error, stops
    the runs, which save their states first.
    """
    logs = root / "sweeps" / plan.name / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    waiting, failed = list(enumerate(plan.runs, start=1)), list[Planned]()
    free, children = list(devices), list[Child]()
    try:
        while waiting or children:
            while waiting and free:
                number, run = waiting.pop(0)
                claim = Lock(run.base)
                if (state := _claimed(claim, run, say)) in (FINISHED, RUNNING):
                    claim.release()
                    say(f"{number}/{len(plan.runs)}  {run.title}: {state}, passed over  {told(run)}".rstrip())
                    failed += [run] * (state == RUNNING)
                    advance()
                    continue
                children.append(_start(number, run, free.pop(0), logs, root, claim, threads=_threads(devices)))
                say(f"{number}/{len(plan.runs)}  {run.title}: {'going on' if state == INTERRUPTED else 'started'}")
            for child in [each for each in children if each.process.poll() is not None]:
                children.remove(child)
                child.claim.release()
                free.append(child.device or None)
                failed += [child.run] * (not _say_end(child, plan, say, told))
                advance()
            time.sleep(POLL_S if children else 0)
    except BaseException:
        _stop(children, say)
        raise
    return failed


def _claimed(claim: Lock, run: Planned, say: Callable[[str], None]) -> str:
    """Take a run for this sweep; return how far it is. A process takes seconds until it has the lock of its version."""
    run.base.mkdir(parents=True, exist_ok=True)
    try:
        claim.take(say)
    except UserError:
        return RUNNING
    return state_of(run)


def command_of(run: Planned, device: str | None, root: Path) -> list[str]:
    """Return the command that trains a run, or goes on with it."""
    # -m alone would look into the current directory first, where another pyvideoai may lie, and this process doesn't.
    safely = [] if {"", str(Path.cwd())} & set(sys.path) else ["-P"]
    command = [sys.executable, *safely, "-m", "pyvideoai", "train"]
    folder = version_of_run(run)
    if folder is not None:
        command += ["-l", str(folder.path)]
    else:
        command += ["-D", run.names[0], "-M", run.names[1], "-E", run.names[2], "-R", str(root)]
        command += [part for each in run.overrides for part in ("--set", each)]
    return [*command, *(["--device", device] if device else [])]


def _start(
    number: int, run: Planned, device: str | None, logs: Path, root: Path, claim: Lock, *, threads: int | None
) -> Child:
    log = logs / f"{number:03d}.log"
    environment = dict(os.environ) if threads is None else {**os.environ, "OMP_NUM_THREADS": str(threads)}
    with log.open("a", encoding="utf-8") as output:
        # a session of its own: Ctrl-C reaches the sweep alone, which then stops its runs, once each
        process = subprocess.Popen(
            command_of(run, device, root),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    return Child(number, run, device or "", process, log, claim)


def _threads(devices: Sequence[str | None]) -> int | None:
    """Return how many threads each of several runs on the CPU may have; None to leave that to torch."""
    if len(devices) < 2 or "OMP_NUM_THREADS" in os.environ or any(each and each != "cpu" for each in devices):
        return None
    return max(1, len(os.sched_getaffinity(0)) // len(devices)) if hasattr(os, "sched_getaffinity") else None


def _say_end(child: Child, plan: Plan, say: Callable[[str], None], told: Callable[[Planned], str]) -> bool:
    """Say how a run ended; return whether it finished."""
    minutes = (time.monotonic() - child.began) / 60
    head = f"{child.number}/{len(plan.runs)}  {child.run.title}:"
    if child.process.returncode == 0 and state_of(child.run) == FINISHED:
        say(f"{head} finished after {minutes:.1f} min  {told(child.run)}".rstrip())
        return True
    say(f"{head} {FAILED} with exit code {child.process.returncode}: {_last_line(child.log)}; see {child.log}")
    return False


def _last_line(log: Path) -> str:
    """Return the error line at the end of a log, else its last line."""
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines[-20:] if line.startswith("error: ")]
    return (errors or lines or ["it said nothing"])[-1]


def _stop(children: Sequence[Child], say: Callable[[str], None]) -> None:
    """Let the runs save their states and end."""
    going = [each for each in children if each.process.poll() is None]
    if going:
        say(f"stopping {counted(len(going), 'run')}; the same command goes on with them")
    for each in going:
        each.process.terminate()
    for each in going:
        try:
            each.process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            each.process.kill()
    for each in children:
        each.claim.release()


def check_devices(text: str | None, plan: Plan) -> list[str | None]:
    """Return the devices that "cuda:0,cuda:1" names.

    Raises UserError for one that is empty, misspelt or not there, and where a run sets its own.
    """
    if text is None:
        return [None]
    devices = [each.strip() for each in text.split(",")]
    if not all(devices):
        raise UserError(f"--devices {text}: name them with commas between, such as cuda:0,cuda:1 or cpu,cpu")
    for run in plan.runs:
        if any(each.setting.name == "device" for each in run.config.overrides):
            raise UserError(f"--devices {text}: the run {run.title} sets device itself; leave one of them out")
    try:
        for device in devices:
            parse_overrides([f"device={device}"], CONTRACTS)
            pick_device(device, instead="--devices cpu,cpu")
    except UserError as error:
        raise UserError(f"--devices {text}: {str(error).removeprefix('--set ')}") from None
    return [*devices]
