"""What the operators of a few training steps take: a trace for chrome://tracing or ui.perfetto.dev, and a table."""

from collections.abc import Callable
from typing import Any

TOP = 15  # operators of the table


def profiled(train: Callable[[int], None], steps: int, trace: str) -> list[dict[str, Any]]:
    """Take steps under torch.profiler; write a Chrome trace to the path `trace` (with .gz, compressed).

    Return a row for each operator with the most time: its name, its share of all, milliseconds and calls a step.
    """
    import torch
    from torch.profiler import ProfilerActivity, profile

    on_gpu = torch.cuda.is_available()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    with profile(activities=activities) as profiler:
        train(steps)
    profiler.export_chrome_trace(trace)
    averages: list[Any] = list(profiler.key_averages())
    # Own time, without that of the operators that one calls, so that the shares add up to 1.
    times = [(each.self_device_time_total if on_gpu else each.self_cpu_time_total, each) for each in averages]
    total = sum(microseconds for microseconds, _ in times)
    top = sorted(times, key=lambda pair: -pair[0])[:TOP]
    return [
        {
            "operator": each.key,
            "share": f"{100 * microseconds / total:.1f} %",
            "ms a step": f"{microseconds / 1000 / steps:.1f}",
            "calls a step": f"{each.count / steps:g}",
        }
        for microseconds, each in top
    ]
