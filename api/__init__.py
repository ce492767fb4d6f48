"""The outside: HTTP, command line, workers, settings and the one composition of it all.

Whatever is started comes through here first.
"""

from api.own_packages import stop_beside_foreign

stop_beside_foreign()
