# A server and proxy on `poll_loop`, the asyncio that comes with componentize-py: the same paths as `rust-wstd-server`, but for `/later`.
import asyncio
import os
from urllib.parse import urlsplit

import poll_loop
import wit_world.exports
from componentize_py_types import Err, Ok
from poll_loop import PollLoop, Sink, Stream
from wit_world.imports import monotonic_clock
from wit_world.imports.types import Fields, OutgoingRequest, OutgoingResponse, ResponseOutparam
from wit_world.imports.types import Scheme_Http

PAUSE = 20_000_000
PART = 65_536


class IncomingHandler(wit_world.exports.IncomingHandler):
    def handle(self, request, response_out) -> None:
        loop = PollLoop()
        asyncio.set_event_loop(loop)
        loop.run_until_complete(answer(request, response_out))


async def answer(request, out):
    path, _, query = request.path_with_query().partition("?")
    print(f"asked for {path}")
    match path:
        case "/hello":
            sink = respond(out, 200, [("x-greeting", os.environ.get("GREETING", "").encode())])
            await sink.send(b"hello")
        case "/echo":
            sink = respond(out)
            await copy(Stream(request.consume()), sink)
        case "/count":
            count = 0
            stream = Stream(request.consume())
            while (part := await stream.next()) is not None:
                count += len(part)
            sink = respond(out)
            await sink.send(str(count).encode())
        case "/data":
            sink = respond(out)
            for at in range(0, int(query), PART):
                await sink.send(bytes([at // PART % 256]) * min(PART, int(query) - at))
        case "/file":
            try:
                with open(query, "rb") as file:
                    content = file.read()
                sink = respond(out)
            except OSError as error:
                sink, content = respond(out, 404), type(error).__name__.encode()
            await sink.send(content)
        case "/slow":
            await sleep()
            sink = respond(out)
            for part in range(3):
                await sleep()
                await sink.send(f"part {part}\n".encode())
        case "/fetch":
            sink = await fetch(query, request, out)
        case _:
            sink = respond(out, 404)
    sink.close()


def respond(out, status=200, headers=[]):
    response = OutgoingResponse(Fields.from_list(list(headers)))
    response.set_status_code(status)
    body = response.body()
    ResponseOutparam.set(out, Ok(response))
    return Sink(body)


async def copy(stream, sink):
    while (part := await stream.next()) is not None:
        await sink.send(part)


async def sleep():
    await poll_loop.register(asyncio.get_event_loop(), monotonic_clock.subscribe_duration(PAUSE))


async def fetch(url, request, out):
    try:
        body = Stream(request.consume())
        # The host says who is asked. With a length hosts stop listening after it, and `Sink` asks them once more.
        headers = [field for field in request.headers().entries() if field[0] not in ("host", "content-length")]
        answer = await ask(url, request.method(), Fields.from_list(headers), body)
    except Err as error:
        sink = respond(out, 502)
        await sink.send(type(error.value).__name__.encode())
        return sink
    sink = respond(out, answer.status(), answer.headers().entries())
    await copy(Stream(answer.consume()), sink)
    return sink


async def ask(url, method, headers, body):
    url = urlsplit(url)
    request = OutgoingRequest(headers)
    request.set_method(method)
    request.set_scheme(Scheme_Http())
    request.set_authority(url.netloc)
    request.set_path_with_query(url.path)
    sink = Sink(request.body())
    answer = asyncio.create_task(poll_loop.send(request))
    await asyncio.sleep(0)  # It is on its way before its body is written.
    if body is not None:
        await copy(body, sink)
    sink.close()
    return await answer
