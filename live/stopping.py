"""Detect that the server is about to stop.

Servers wait for open requests before they notify the application (lifespan shutdown), and a stream is a request
that never ends by itself: without this, each stop would last until the server's timeout.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def on_stop_signal(callback: Callable[[], Any]) -> Callable[[], None]:
    """Call ``callback`` in the running event loop on SIGINT or SIGTERM, in addition to the existing handlers.

    Call it after the server has installed its own handlers. Does nothing outside the main thread, where Python
    does not allow signal handlers.

    Returns:
        A function that removes the callback.
    """
    if threading.current_thread() is not threading.main_thread():
        return lambda: None
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(callback)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)
        elif handler is signal.SIG_DFL:
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)

    for number in _SIGNALS:
        signal.signal(number, handle)
        signal.siginterrupt(number, False)

    def restore() -> None:
        for number, handler in before.items():
            if signal.getsignal(number) is handle and handler is not None:
                signal.signal(number, handler)

    return restore
