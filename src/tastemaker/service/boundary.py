"""What every request passes on its way in and out: the size of its body, the headers, and the last safety net."""

from __future__ import annotations

import logging
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tastemaker.service.problems import of_accident
from tastemaker.service.refusals import answer

log = logging.getLogger("tastemaker.service")

# No script at all, nothing from elsewhere, forms to here only.
POLICY = (
    "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class Boundary:
    """Adds the security headers to every answer and turns any exception into a problem document with an id.

    It is the outermost layer of our own, so that the answers of the layers below carry the headers too.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _add_headers(message, scope["path"])
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception:
            accident_id = uuid.uuid4().hex[:12]
            log.exception("accident %s: %s %s failed", accident_id, scope["method"], scope["path"])
            if not started:
                response = answer(Request(scope), of_accident(accident_id))
                await response(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses (413) a body above ``most`` bytes: by its announced length, or while it is read if it announced none."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        size = int(announced) if announced.isdecimal() else 0
        read = 0

        async def receive_within_limit() -> Message:
            nonlocal read
            if size > self.most:
                raise self._too_large(size)
            message = await receive()
            read += len(message.get("body", b""))
            if read > self.most:
                raise self._too_large(read)
            return message

        await self.app(scope, receive_within_limit, send)

    def _too_large(self, size: int) -> HTTPException:
        detail = f"the body has {size:,} bytes or more; at most {self.most:,} are read"
        return HTTPException(413, detail, headers={"connection": "close"})


def _add_headers(message: Message, path: str) -> None:
    headers = MutableHeaders(scope=message)
    for name, value in HEADERS.items():
        headers[name] = value
    # Answers hold briefs, which are confidential; the few static files are asked for again and answered by ETag.
    headers["cache-control"] = "no-cache" if path.startswith("/static/") else "no-store"
