"""One connection of a client, as uvicorn serves it, but silent and not for ever."""

import asyncio
import logging
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_REQUEST_SECONDS = 10
"""A request must have arrived within this time, else its connection is closed."""

# uvicorn's own logger writes tracebacks to standard error, one for each client that hangs up at a bad moment. What is
# worth a line is the Guard's to report.
_NOBODY = logging.Logger("nobody")
_NOBODY.disabled = True


class Connection(H11Protocol):
    """Closes connections on which a request is slow to arrive: uvicorn itself waits for the first one for ever."""

    _deadline: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.logger = _NOBODY

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._watch_request()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget_deadline()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """The client broke the protocol, perhaps inside a request whose answer has begun or was sent already.

        uvicorn would then send a second answer, which h11 refuses and asyncio logs with a traceback.
        """
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            super().send_400_response(msg)
        else:
            self.transport.abort()
        if self.cycle is not None:
            # A handler that still works on the request may answer; the answer is dropped.
            self.cycle.disconnected = True
            self.cycle.message_event.set()

    def shutdown(self) -> None:
        super().shutdown()
        # A closing TLS connection would wait for its peer, which has no reason to answer.
        if self.transport.is_closing() and not self.transport.get_write_buffer_size():
            self.transport.abort()

    def _watch_request(self) -> None:
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._forget_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(_REQUEST_SECONDS, self.transport.abort)

    def _forget_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
