"""What a long run is at, on standard error: also by the processes that it starts."""

from __future__ import annotations

import sys
import time


def tell(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')}  {text}", file=sys.stderr, flush=True)
