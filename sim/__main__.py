"""`python -m sim` is `skysift`."""

import sys

from sim.cli import main

sys.exit(main())
