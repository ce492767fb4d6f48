"""The `interlock` command. Bad input ends with one line on stderr and exit code 2."""

from api.cli.app import main

__all__ = ["main"]
