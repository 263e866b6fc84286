# Sockets as far as this CPython has them: the module `socket`, which stands on wasi-libc. What it prints is the same wherever
# things go the same, as with `rust-net`.
import encodings.idna  # Names are encoded with it, and nothing is imported once the guest runs.
import socket

PERIOD = 65_521
CHUNK = 65_536


def run(arguments, say):
    match arguments:
        case ["has"]:
            has(say)
        case ["echo", address, count]:
            echo(place(address), int(count), say)
        case ["half-close", address]:
            half_close(place(address), say)
        case ["refused", address]:
            attempt("connect", lambda: socket.create_connection(place(address)), say)
        case ["timeout", address]:
            timeout(place(address), say)
        case ["nonblocking", address]:
            nonblocking(place(address), say)
        case ["options", address]:
            options(place(address), say)
        case ["lookup", name]:
            lookup(name, say)
        case ["serve", address, count]:
            serve(place(address), int(count), say)
        case ["udp-echo", address, count, size]:
            udp_echo(place(address), int(count), int(size), say)
        case ["udp-serve", address, count]:
            udp_serve(place(address), int(count), say)
        case ["alone"]:
            alone(say)
        case _:
            say(f"no such command: {arguments}")


# `127.0.0.1:80` or `[::1]:80`.
def place(address):
    host, _, port = address.rpartition(":")
    return host.strip("[]"), int(port)


def family(address):
    return socket.AF_INET6 if ":" in address[0] else socket.AF_INET


# How something went, and what it gave, if that is to be seen.
def attempt(what, action, say):
    try:
        result = action()
        say(f"{what}: {'ok' if result is None or isinstance(result, socket.socket) else result!r}")
    except OSError as error:
        say(f"{what}: {type(error).__name__} {error.errno}")
    except BaseException as error:
        say(f"{what}: {type(error).__name__}: {error}")


def lookup(name, say):
    try:
        found = sorted({found[4][0] for found in socket.getaddrinfo(name, 80)})
        say(f"{name} is [{', '.join(found)}]")
    except OSError as error:
        say(f"{name}: {error}")


def pattern(start, count):
    return bytes((at % PERIOD * 31 + at % PERIOD // 251) & 255 for at in range(start, start + count))


def has(say):
    names = ["AF_INET6", "AF_UNIX", "SO_REUSEADDR", "SO_KEEPALIVE", "TCP_NODELAY", "MSG_PEEK", "SHUT_WR"]
    say(f"has {' '.join(name for name in names if hasattr(socket, name))}")
    for what in ["socketpair", "getaddrinfo", "gethostbyname", "gethostname", "getnameinfo", "create_server", "fromfd"]:
        say(f"{what}: {hasattr(socket, what)}")


# There is one thread, so that it sends no more at a time than whoever sends it back has room for.
def echo(address, count, say):
    with socket.create_connection(address) as stream:
        for start in range(0, count, CHUNK):
            part = pattern(start, min(CHUNK, count - start))
            stream.sendall(part)
            if receive(stream, len(part)) != part:
                return say("other bytes came back")
    say(f"{count} bytes came back")


def receive(stream, count):
    found = bytearray()
    while len(found) < count and (part := stream.recv(count - len(found))):
        found += part
    return bytes(found)


def half_close(address, say):
    with socket.create_connection(address) as stream:
        stream.sendall(pattern(0, 50_000))
        stream.shutdown(socket.SHUT_WR)
        found = receive(stream, 1_000_000)
        say(f"{len(found)} bytes came back, then the end, as they were sent: {found == pattern(0, 50_000)}")


def timeout(address, say):
    with socket.create_connection(address) as stream:
        stream.settimeout(0.05)
        attempt("read", lambda: stream.recv(8), say)
        attempt("write", lambda: stream.send(b"still there"), say)


def nonblocking(address, say):
    with socket.create_connection(address) as stream:
        stream.setblocking(False)
        attempt("read", lambda: stream.recv(8), say)
        stream.setblocking(True)
        stream.sendall(b"here")
        attempt("read", lambda: stream.recv(8), say)


def options(address, say):
    with socket.create_connection(address) as stream:
        attempt("local address", lambda: stream.getsockname()[0], say)
        attempt("peer address", lambda: stream.getpeername()[0] == address[0], say)
        attempt("no delay", lambda: stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), say)
        attempt("keep alive", lambda: stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), say)
        attempt("kept alive", lambda: stream.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), say)
        attempt("peek", lambda: stream.recv(1, socket.MSG_PEEK), say)


def serve(address, count, say):
    with socket.socket(family(address), socket.SOCK_STREAM) as listener:
        listener.bind(address)
        listener.listen()
        say("listening")
        for number in range(1, count + 1):
            client, peer = listener.accept()
            received = 0
            with client:
                while part := client.recv(CHUNK):
                    client.sendall(part)
                    received += len(part)
            say(f"client {number} of {peer[0]}: {received} bytes")


def udp_echo(address, count, size, say):
    with socket.socket(family(address), socket.SOCK_DGRAM) as own:
        own.bind(("::1" if family(address) == socket.AF_INET6 else "127.0.0.1", 0))
        for number in range(count):
            part = pattern(number, size)
            own.sendto(part, address)
            found, peer = own.recvfrom(CHUNK)
            if found != part or peer[:2] != address:
                return say("it is another one")
    say(f"{count} datagrams of {size} bytes came back")


def udp_serve(address, count, say):
    with socket.socket(family(address), socket.SOCK_DGRAM) as own:
        own.bind(address)
        say("listening")
        for number in range(1, count + 1):
            part, peer = own.recvfrom(CHUNK)
            own.sendto(part, peer)
            say(f"datagram {number} of {peer[0]}: {len(part)} bytes")


# Both ends in one program.
def alone(say):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        client = socket.create_connection(listener.getsockname())
        server, peer = listener.accept()
        say(f"it is the client: {peer == client.getsockname()}")
        client.sendall(b"hello")
        client.shutdown(socket.SHUT_WR)
        say(f"the server reads {receive(server, 100)!r}")
        server.sendall(b"bye")
        server.close()
        say(f"the client reads {receive(client, 100)!r}")
        client.close()
