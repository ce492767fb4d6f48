"""`serve.py localstripe` or `serve.py mock-bank CLOCK`: a server on a free port of loopback, whose
URL it prints. It ends when its standard input does."""

import os
import socket
import sys
import threading


def end_with_the_test() -> None:
    while os.read(0, 1):
        continue
    os._exit(0)


def localstripe() -> None:
    """Its own command listens on all interfaces and writes a pickle at a fixed place."""
    from aiohttp import web
    from localstripe.resources import Store
    from localstripe.server import app

    Store.dump_to_disk = lambda self: None
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    web.run_app(app, sock=listening, print=None)


def mock_bank(clock: str) -> None:
    """Its money and its clock, `2026-11-02T09:00`, are in memory."""
    from mockbank.server import Config, make_server

    server = make_server(Config(port=0, quiet=True, clock=clock))
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    threading.Thread(target=end_with_the_test, daemon=True).start()
    what, *arguments = sys.argv[1:]
    if what == "localstripe":
        localstripe()
    else:
        mock_bank(*arguments)
