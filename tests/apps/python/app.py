# What a Python program meets: variables, arguments, files, sockets, hashes and standard streams.
import os
import socket
import sys

import wit_world.exports


class Run(wit_world.exports.Run):
    def run(self) -> None:
        attempt("variables", lambda: dict(os.environ))
        attempt("arguments", lambda: sys.argv[1:])
        attempt("directory", lambda: os.listdir("/"))
        attempt("socket", lambda: socket.create_connection(("127.0.0.1", 9), timeout=1))
        attempt("hashes", lambda: len({str(number) for number in range(100)}))
        attempt("input", lambda: sys.stdin.read())


def attempt(what, action):
    try:
        said = repr(action())
    except BaseException as error:
        said = type(error).__name__
    try:
        os.write(1, f"{what} {said}\n".encode())
    except OSError:
        pass  # A closed standard output is an error to live with.
