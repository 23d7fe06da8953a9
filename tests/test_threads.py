"""A thread ends before Python does, wherever it is."""

import subprocess
import sys
import threading

import pytest

from pyvideoai.threads import Helper

IN_TORCH = """
import torch
from pyvideoai.threads import Helper

numbers = torch.zeros(6)

def work(stop):
    while not stop.is_set():
        numbers.clone()

Helper(work, "in torch")
print("done")
"""
SUSPENDED = """
import time
from pyvideoai.predicting.ahead import ahead
import torch

def items():
    while True:
        yield torch.zeros(6).clone()

each = ahead(items(), 100_000)
print(next(each).sum())
"""


@pytest.mark.parametrize("script", [IN_TORCH, SUSPENDED])
def test_the_process_ends_with_its_own_code_and_without_a_word(script):
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_it_ends_when_it_is_asked_to_by_its_own_thread_too():
    ended = []
    helper = Helper(lambda stop: ended.append(stop.wait(60)), "waiting")
    helper.end()
    assert ended == [True]
    own = []

    def work(stop):
        own[0].end()
        ended.append(stop.is_set())

    ready = threading.Event()
    own.append(Helper(lambda stop: ready.wait(60) and work(stop), "its own"))
    ready.set()
    own[0].end()
    assert ended == [True, True]
