"""A progress bar on one line; without a terminal, a line every few seconds."""

import sys
import time
from typing import TextIO

WIDTH = 30


class Progress:
    """Shows how many of ``total`` are done, the rate, and the remaining time."""

    def __init__(self, total: int, what: str, out: TextIO | None = None) -> None:
        self._total, self._what = max(total, 1), what
        self._out = out or sys.stderr
        self._live = self._out.isatty()
        self._begun = time.monotonic()
        self._shown = 0.0

    def show(self, done: int) -> None:
        """Print the progress; at most ten times a second on a terminal, every ten seconds elsewhere."""
        now = time.monotonic()
        if now - self._shown < (0.1 if self._live else 10) and done < self._total:
            return
        self._shown = now
        share = min(done / self._total, 1)
        bar = ("█" * round(share * WIDTH)).ljust(WIDTH, "·")
        rate = done / max(now - self._begun, 1e-6)
        left = (self._total - done) / rate if rate else 0
        text = f"{bar} {share:4.0%}  {done:,}/{self._total:,} {self._what}  {rate:,.0f}/s"
        if done < self._total:
            text += f"  {left:,.0f} s left"
        self._out.write(f"\r{text:<100}" if self._live else f"{text}\n")
        if self._live and done >= self._total:
            self._out.write("\n")
        self._out.flush()
