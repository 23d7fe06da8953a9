"""Secrets of the environment are in nothing that a run writes or says."""

from pathlib import Path

from workplaces import CHOICE

from pyvideoai.commands import train
from pyvideoai.redacted import redacted

SECRET = "bot123456:AAF-very-secret"
LOGGER = '''
import os
from dataclasses import dataclass

from pyvideoai.config import inherit
from pyvideoai.reporting import Logger


@dataclass(frozen=True)
class Phone(Logger):
    """A message to a phone."""

    token: str

    def start(self, run):
        raise ConnectionError(f"https://api.example.org/{self.token}/sendMessage: no network")


inherit("brief")
loggers = [Phone(os.environ["PHONE_TOKEN"])]
'''


def test_a_token_of_the_environment_is_in_no_file_and_in_no_line(workplace, monkeypatch, capfd):
    monkeypatch.setenv("PHONE_TOKEN", SECRET)
    monkeypatch.setenv("WANDB_API_KEY", "0123456789abcdef")
    Path("exp_configs/told.py").write_text(f'"""Tell a phone."""{LOGGER}')
    assert train.main(["-D", CHOICE[1], "-M", CHOICE[3], "-E", "told", "-e", "1"]) == 0
    shown = "".join(capfd.readouterr())
    assert "https://api.example.org/$PHONE_TOKEN/sendMessage: no network; the run goes on" in shown
    files = [path for path in Path("data").rglob("*") if path.is_file()]
    assert any(path.name == "run.json" for path in files) and any(path.name == "resolved.txt" for path in files)
    for secret in (SECRET, "0123456789abcdef"):
        assert secret not in shown
        assert not [path for path in files if secret.encode() in path.read_bytes()]


def test_only_secrets_are_replaced(monkeypatch):
    monkeypatch.setenv("MY_API_KEY", "abcdefgh")
    monkeypatch.setenv("SHORT_TOKEN", "1")
    monkeypatch.setenv("KEYBOARD", "qwertzuiop")
    assert redacted("a=abcdefgh 1 qwertzuiop") == "a=$MY_API_KEY 1 qwertzuiop"
