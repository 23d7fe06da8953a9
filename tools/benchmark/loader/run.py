"""One run of the benchmark: every case, every contestant; then the report."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import pandas as pd
import torch

from benchmark import machine
from benchmark.loader import cases as chosen
from benchmark.loader import plot, workers
from benchmark.loader import report as reporting
from benchmark.loader.cases import Case
from benchmark.loader.command import READERS
from benchmark.loader.exactness import exact_shares
from benchmark.loader.first_open import first_opening_ms
from benchmark.loader.jobs import make_rounds
from benchmark.loader.limit import Limit
from benchmark.loader.memory import memory_of
from benchmark.loader.mmaction2 import MMAction2
from benchmark.loader.mmaction2_package import MMAction2Package
from benchmark.loader.ours import Ours, Prepared
from benchmark.loader.protocol import Job
from benchmark.loader.readers import OtherReader
from benchmark.loader.slowfast import PySlowFast
from benchmark.loader.timing import Contestant, Turn, take_turns
from pyvideoai.config.contract import Contract
from pyvideoai.files import write_whole

MAKERS = {"mmaction2": MMAction2, "slowfast": PySlowFast} | {name: partial(OtherReader, name) for name in READERS}


@dataclass
class Found:
    """turns: of everybody. exact: share of clips by (group, protocol, contestant). rates, memory: tables of texts."""

    turns: list[Turn] = field(default_factory=list)
    exact: dict[tuple[str, str, str], float] = field(default_factory=dict)
    rates: list[dict[str, str]] = field(default_factory=list)
    memory: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def chosen_cases(
    contracts: Sequence[Contract], options: argparse.Namespace, names: tuple[str, str, str] | None
) -> list[Case]:
    """List what the command line asks for. names: the configs of -D -M -E; None for --videos. Raises UserError."""
    wanted = chosen.Wanted(options.files, options.seed, options.overrides)
    if names is None:
        protocols = chosen.protocols(options.clip or ["8x8"], options.test)
        return list(chosen.of_folders(contracts, options.videos, protocols, wanted))
    return list(chosen.of_experiment(contracts, names, options.parts, wanted))


def measure(cases: Sequence[Case], options: argparse.Namespace) -> Found:
    """Let everybody take turns, compare frames, count clips with several workers."""
    from tqdm import tqdm

    torch.set_num_threads(1)
    found = Found()
    peers = [MAKERS[name]() for name in options.against] + ([MMAction2Package()] if options.mmaction2 else [])
    with tqdm(desc="measuring", unit="turn", leave=False, disable=None) as bar:
        for case in cases:
            for turn in _contest(case, peers, options, found):
                found.turns.append(turn)
                bar.update()
    found.notes = _notes(found.turns, cases, peers)
    trained = [case for case in cases if case.protocol.views is None]
    found.rates = [row for case in trained for row in _rates(case, options.workers)]
    if options.memory:
        first = {case.group.name: case for case in reversed(trained)}
        found.memory = [
            _about(case) | memory_of(case.config, case.group.table, options.memory).row() for case in first.values()
        ]
    return found


def _contest(case: Case, peers: Sequence[Contestant], options: argparse.Namespace, found: Found) -> Iterator[Turn]:
    """Everybody's turns; then who gave the right frames."""
    rounds = make_rounds(case.group, case.protocol, case.config, options.rounds)
    ours = Ours(case.config, case.group.table, case.protocol)
    copies = [Prepared(case.prepared, case.group.table, case.protocol)] if case.prepared else []
    yield from take_turns([ours, *copies, *peers, Limit()], case.protocol, rounds)
    if not options.no_exact:
        found.exact |= _exact(case, [ours, *peers], rounds)


def _exact(
    case: Case, contestants: Sequence[Contestant], rounds: Sequence[Sequence[Job]]
) -> dict[tuple[str, str, str], float]:
    """Share of the clips of one round (a test's are the same in all) whose frames are right, per contestant."""
    readers = {each.name: (each.frames, each.converts_as_pyav) for each in contestants}
    jobs = [job for jobs in rounds for job in jobs] if case.protocol.views is None else rounds[0]
    shares = exact_shares(readers, jobs)
    return {(case.group.name, case.protocol.name, name): share for name, share in shares.items()}


def _notes(turns: Sequence[Turn], cases: Sequence[Case], peers: Sequence[Contestant]) -> list[str]:
    groups = {case.group.name: case.group for case in cases}
    refused = [(name, video, why) for name, group in groups.items() for video, why in group.refused.items()]
    notes = [f"left out, it can't be read: {name}/{video}: {why}" for name, video, why in sorted(refused)]
    for name, group in groups.items():
        notes.append(f"{name}: the first opening of a file takes {first_opening_ms(group):.1f} ms (median)")
    notes += reporting.compared(turns, MMAction2.name, MMAction2Package.name)
    return notes + [line for peer in peers for line in reporting.compared(turns, Prepared.name, peer.name)]


def _rates(case: Case, counts: Sequence[int]) -> list[dict[str, str]]:
    found = [workers.rate_of(case.config, case.group.table, count) for count in counts]
    return [
        _about(case) | {"workers": str(rate.workers), "clips a second": f"{rate.clips_per_s:.1f}"} for rate in found
    ]


def _about(case: Case) -> dict[str, str]:
    return {"videos": case.group.name, "what": case.protocol.name}


def report(found: Found, options: argparse.Namespace) -> str:
    """Return the text to print; write it to --out too, with the numbers and the figure."""
    summary = reporting.summary(found.turns, found.exact)
    tables = [reporting.readable(summary)] + [pd.DataFrame(rows) for rows in (found.rates, found.memory) if rows]
    notes = [machine.describe(), *found.notes]
    pages = "\n\n".join([*map(reporting.markdown, tables), "\n".join(f"- {note}" for note in notes)])
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        write_whole(options.out / "loader.csv", summary.to_csv(index=False))
        write_whole(options.out / "turns.csv", reporting.turns_table(found.turns).to_csv(index=False))
        write_whole(options.out / "loader.md", pages + "\n")
        plot.draw(options.out / "loader.png", summary)
        notes.append(f"written: {options.out.resolve()}")
    if options.markdown:
        return pages
    return "\n\n".join([*(table.to_string(index=False) for table in tables), "\n".join(notes)])
