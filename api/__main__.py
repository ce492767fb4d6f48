"""`python -m api`: the interlock command where no script is installed."""

import sys

from api.cli import main

sys.exit(main())
