"""`python -m kafkacompat` is the command `kafkacompat`."""

from __future__ import annotations

import sys

from kafkacompat.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
