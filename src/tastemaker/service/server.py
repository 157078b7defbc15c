"""Running the application: in the foreground for a command, in a thread for tests and for trying things out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from tastemaker.errors import ServiceError

START_SECONDS = 30.0


def serve(app: ASGIApp, host: str, port: int, *, ready: Callable[[str], None] | None = None) -> None:
    """Serves until interrupted. ``ready`` is called with the URL once requests are answered; port 0 takes a free one.

    Raises ServiceError if the address can not be had.
    """
    listener = _listen(host, port)
    server = _Server(_settings(app), ready or (lambda _: None), _url(listener))
    with suppress(KeyboardInterrupt):  # raised once more after an orderly stop
        server.run(sockets=[listener])


@contextmanager
def serving(app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serves from a thread of this process while the block runs; gives the URL."""
    listener = _listen(host, port)
    started = threading.Event()
    server = _Server(_settings(app), lambda _: started.set(), _url(listener))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        if not started.wait(START_SECONDS):
            raise ServiceError(f"{_url(listener)}: the service did not start within {START_SECONDS:.0f} s")
        yield _url(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)


class _Server(uvicorn.Server):
    """Tells when it has started."""

    def __init__(self, settings: uvicorn.Config, ready: Callable[[str], None], url: str) -> None:
        super().__init__(settings)
        self._ready = ready
        self._url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._ready(self._url)


def _settings(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(app, log_level="warning", server_header=False, timeout_graceful_shutdown=5)


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:  # getaddrinfo would take it modulo 65536
        raise ServiceError(f"port {port} is outside 0..65535; choose another with --port")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        raise ServiceError(
            f"{host}:{port} can not be listened on: {error.strerror}; choose another with --host or --port"
        ) from None
    return listener


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
