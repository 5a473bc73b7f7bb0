"""Asks the server of this container whether it can do its work; the exit code is the answer."""

import os
import sys
from urllib.error import URLError
from urllib.request import urlopen

TIMEOUT_S = 8


def main() -> int:
    """0 where `/healthz` answers with success on this machine, at `PORT` or 8501."""
    address = f"http://127.0.0.1:{os.environ.get('PORT', '8501')}/healthz"
    try:
        with urlopen(address, timeout=TIMEOUT_S) as answer:
            return 0 if answer.status == 200 else 1
    except (URLError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
