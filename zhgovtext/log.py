"""Where the package logs; it prints nothing. A program that wants to see it adds a handler to the logger zhgovtext."""

from __future__ import annotations

import logging

LOG = logging.getLogger("zhgovtext")
LOG.addHandler(logging.NullHandler())
