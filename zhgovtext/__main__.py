"""``python -m zhgovtext``."""

import sys

from zhgovtext.cli import main

sys.exit(main())
