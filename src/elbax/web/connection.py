"""Connections of uvicorn that do not wait for ever: for a head that does not come, or a client that does not read."""

from asyncio import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_HEAD_BYTES = 2**16


def connection_class(seconds: float) -> type[HttpToolsProtocol]:
    """The class of connections that close if a head takes longer than ``seconds``, or has more than 64 KiB.

    A client that leaves an answer unread for as long loses its connection too.
    """

    class Connection(HttpToolsProtocol):
        _head_timer: TimerHandle | None = None
        _unread_timer: TimerHandle | None = None
        _head_bytes = 0
        _in_body = False

        def connection_made(self, transport) -> None:
            super().connection_made(transport)
            self._head_timer = self._abort_later()

        def connection_lost(self, exc) -> None:
            for timer in (self._head_timer, self._unread_timer):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            if not self._in_body:
                self._head_timer = self._head_timer or self._abort_later()
                self._head_bytes += len(data)
            super().data_received(data)
            if not self._in_body and self._head_bytes > _HEAD_BYTES and not self.transport.is_closing():
                self.send_400_response("The head of the request is too long.")

        def on_headers_complete(self) -> None:
            if self._head_timer is not None:
                self._head_timer.cancel()
            self._head_timer, self._in_body = None, True
            super().on_headers_complete()

        def on_message_complete(self) -> None:
            self._in_body, self._head_bytes = False, 0
            super().on_message_complete()

        def pause_writing(self) -> None:
            self._unread_timer = self._unread_timer or self._abort_later()
            super().pause_writing()

        def resume_writing(self) -> None:
            if self._unread_timer is not None:
                self._unread_timer.cancel()
            self._unread_timer = None
            super().resume_writing()

        def timeout_keep_alive_handler(self) -> None:
            super().timeout_keep_alive_handler()
            self._unread_timer = self._unread_timer or self._abort_later()

        def _abort_later(self) -> TimerHandle:
            return self.loop.call_later(seconds, self.transport.abort)

    return Connection
