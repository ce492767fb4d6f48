"""`python -m api`: the interlock command where no script is installed."""

from api.cli import main

main()
