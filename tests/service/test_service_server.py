"""Starting and stopping."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from stub_engine import StubEngine

from tastemaker.errors import ServiceError
from tastemaker.service import create_app, serve, serving
from tastemaker.store import MemoryDecisionLog

SERVE = """
import sys
from stub_engine import StubEngine
from tastemaker.service import create_app, serve
from tastemaker.store import SqlDecisionLog
log = SqlDecisionLog(sys.argv[1])
serve(create_app(StubEngine(log), log), "127.0.0.1", 0, ready=lambda url: print(url, flush=True))
print("stopped", flush=True)
"""


def test_serve_names_an_address_that_is_taken() -> None:
    log = MemoryDecisionLog()
    app = create_app(StubEngine(log), log)
    with serving(app) as url:
        port = int(url.rsplit(":", 1)[1])
        with pytest.raises(
            ServiceError, match=rf"127\.0\.0\.1:{port} can not be listened on: Address already in use"
        ):
            serve(app, "127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port", "says"),
    [
        ("no.such.host.invalid", 8000, r"no\.such\.host\.invalid:8000 can not be listened on"),
        ("127.0.0.1", 70_000, r"port 70000 is outside 0\.\.65535"),
    ],
)
def test_serve_names_an_address_that_can_not_be_had(host: str, port: int, says: str) -> None:
    log = MemoryDecisionLog()
    with pytest.raises(ServiceError, match=says):
        serve(create_app(StubEngine(log), log), host, port)


def test_serve_answers_once_ready_and_stops_on_an_interrupt(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, f"sqlite:///{tmp_path}/log.db"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert httpx.get(f"{url}/healthz", timeout=10, trust_env=False).status_code == 200
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=20)
        assert said == "stopped\n"
        assert process.returncode == 0
    finally:
        process.kill()
