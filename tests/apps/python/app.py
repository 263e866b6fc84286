# What a Python program meets: variables, arguments, files, sockets, hashes and standard streams. With the arguments
# `library FOLDER` it imports its standard library from there instead, with `chance [FOLDER...]` it shows what differs from run
# to run, with `sleep SECONDS` it sleeps, and with `net COMMAND...` it does what `net.py` has.
import os
import socket
import sys

import chance
import library
import net
import wit_world.exports
from componentize_py_types import Err


class Run(wit_world.exports.Run):
    def run(self) -> None:
        if sys.argv[1:2] == ["library"]:
            if not library.tour(sys.argv[2], say):
                raise Err(None)
            return
        if sys.argv[1:2] == ["chance"]:
            return chance.show(sys.argv[2:], say)
        if sys.argv[1:2] == ["sleep"]:
            return chance.sleep(float(sys.argv[2]), say)
        if sys.argv[1:2] == ["net"]:
            return net.run(sys.argv[2:], say)
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
    say(f"{what} {said}")


def say(line):
    try:
        os.write(1, f"{line}\n".encode())
    except OSError:
        pass  # A closed standard output is an error to live with.
