"""Python imports this before all else, where this folder is in its path."""

import os

from tests.soak.slow_disk import VARIABLE, install

if VARIABLE in os.environ:
    install(os.environ[VARIABLE])
