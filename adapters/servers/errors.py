"""What can go wrong with an embedded server. Says nothing of how it is avoided."""


class EmbeddedServerError(Exception):
    """An embedded server could not be prepared, started or stopped; the text says which and why."""


class EmbeddedServerTimeout(EmbeddedServerError):
    """A server, or the lock around starting it, did not come within its bound."""
