"""The whole product between a hostile gateway and a world that breaks, judged by the gateway's
books: `scripts/storm --help`."""
