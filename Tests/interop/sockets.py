#!/usr/bin/env python3
"""Follows a market on /v1/ws as a client would whose authors have never seen Wick: the library websockets.

    python3 Tests/interop/sockets.py WICK FOLDER

Starts `wick up` with made-up trades in FOLDER. Compares what the socket tells with /v1/stream and /v1/candles, goes away in the
middle and comes back, sends what is against the protocol, and ends the server.
"""

import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.parse
import urllib.request

from checks import Score
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

SERIES = {"symbols": ["BTC-USDT"], "venues": ["sim"], "intervals": ["1s"]}


class Server:
    """`wick up`, which stays up after its source has ended."""

    def __init__(self, wick, folder):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True)
        self.log = folder / "up.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [wick, "up", "--source", "sim", "--seed", "3", "--rate", "300", "--count", "6000", "--symbols", "BTC-USDT,ETH-USDT",
                 "--data-dir", str(folder / "data"), "--listen", "127.0.0.1:0", "--registry-listen", "127.0.0.1:0",
                 "--serve", "127.0.0.1:0"],
                stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 90
        while "dashboard http" not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"wick up does not serve: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        line = next(line for line in self.log.read_text().splitlines() if line.startswith("dashboard"))
        self.host = urllib.parse.urlsplit(line.split()[1]).netloc
        self.socket = f"ws://{self.host}/v1/ws"

    def get(self, path):
        with urllib.request.urlopen(f"http://{self.host}{path}", timeout=30) as reply:
            return json.load(reply)

    def candles(self):
        return self.get("/v1/candles?symbol=BTC-USDT&venue=sim&interval=1s&limit=5000")["candles"]

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


class Client:
    """One connection, and the windows it was told of."""

    def __init__(self, url, held=None, **options):
        self.socket = connect(url, subprotocols=["wick.v1"], max_size=None, open_timeout=30, legacy=True, **options)
        self.held = {} if held is None else held
        self.events = []
        self.last = None

    def send(self, **message):
        self.socket.send(json.dumps(message))

    def take(self, timeout=30):
        """The next message, its candles taken in."""
        message = json.loads(self.socket.recv(timeout=timeout))
        self.events.append(message["event"])
        if message["event"] == "snapshot":
            self.held.clear()
        if message["event"] in ("snapshot", "candles"):
            for candle in message["data"]["candles"]:
                self.held[candle["start"]] = candle
        self.last = message.get("id", self.last)
        return message

    def until(self, event, timeout=60):
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            message = self.take(timeout)
            if message["event"] == event:
                return message
        raise RuntimeError(f"no {event} in {timeout} s")


def follow(score, server):
    """What is held after going away and coming back is what the server has."""
    client = Client(server.socket)
    score.check(client.socket.subprotocol == "wick.v1", "the protocol is agreed on")
    score.check(not client.socket.protocol.extensions, "compression is offered and not taken")
    client.send(op="subscribe", id="a", **SERIES)
    client.until("candles")
    score.check(client.events[0] == "snapshot", f"a snapshot comes first: {client.events[:3]}")
    client.send(op="subscribe", id="b", symbols=["ETH-USDT"], intervals=["1m"])
    while client.take().get("subscription") != "b":
        pass
    client.send(op="unsubscribe", id="b")
    client.until("unsubscribed")
    client.socket.close()
    score.check(client.socket.close_code == 1000, f"a close is answered, with {client.socket.close_code}")
    # A subscription of its own, so that the id is that of the series that is held.
    one = Client(server.socket)
    one.send(op="subscribe", id="a", **SERIES)
    one.until("candles")
    one.socket.close()
    before = len(one.held)
    deadline = time.monotonic() + 60
    while len(server.candles()) < before + 3 and time.monotonic() < deadline:
        time.sleep(0.1)
    back = Client(server.socket, held=one.held)
    back.send(op="subscribe", id="a", after=one.last, **SERIES)
    back.take()
    score.check(back.events == ["candles"], f"who comes back is told what it missed: {back.events}")
    settled = settle(server)
    while settled != [back.held[start] for start in sorted(back.held)][-len(settled):] and time.monotonic() < deadline + 60:
        back.take()
    held = [back.held[start] for start in sorted(back.held)]
    score.check(held == settled, f"{len(held)} windows are held as {len(settled)} are served, without a gap")
    score.check(stream(server) == settled[-300:], "an event stream tells the same")
    back.socket.close()


def settle(server):
    """The candles, once the source has ended and they change no more."""
    before, same = None, 0
    while same < 10:
        now = server.candles()
        same = same + 1 if now == before else 0
        before = now
        time.sleep(0.1)
    return before


def stream(server):
    """The candles of the snapshot that an event stream begins with."""
    connection = http.client.HTTPConnection(server.host, timeout=30)
    connection.request("GET", "/v1/stream?symbol=BTC-USDT&venue=sim&interval=1s")
    reply = connection.getresponse()
    name = None
    for line in reply:
        if line.startswith(b"event: "):
            name = line[7:].strip()
        if line.startswith(b"data: ") and name == b"snapshot":
            connection.close()
            return json.loads(line[6:])["candles"]
    return None


def bad(score, server):
    """What is against the protocol gets its code, and a neighbour notices nothing."""
    neighbour = Client(server.socket)
    neighbour.send(op="subscribe", id="n", **SERIES)
    neighbour.until("snapshot")
    for what, code, send in [
        ("a binary message", 1003, lambda socket: socket.send(b"\x00\x01")),
        ("a text that is not UTF-8", 1007, lambda socket: socket.send(b"\xff\xfe", text=True)),
        ("a message of a megabyte", 1009, lambda socket: socket.send("x" * 1_000_000)),
        ("a megabyte in pieces", 1009, lambda socket: socket.send("x" * 10_000 for _ in range(100))),
        ("two closes", 1000, lambda socket: socket.close()),
    ]:
        client = Client(server.socket)
        try:
            send(client.socket)
            while True:
                client.socket.recv(timeout=30)
        except ConnectionClosed as error:
            seen = (error.rcvd.code if error.rcvd else None)
            score.check(seen == code, f"{what}: closed with {seen} and not {code}")
    client = Client(server.socket)
    for text in ("", "[]", "{", '{"op":"fly"}', '{"op":"subscribe","id":"x","every":1}', "\u0000"):
        client.socket.send(text)
        message = client.until("error")
        score.check(message["problem"]["status"] == 400 and message["problem"]["detail"], f"{text!r} is refused")
    client.send(op="ping")
    score.check(client.until("pong") == {"event": "pong"}, "and the connection goes on")
    score.check(client.socket.ping().wait(30), "a ping is answered")
    client.socket.close()
    for what, status, headers in [
        ("a page of another site", 403, {"origin": "https://evil.example.com"}),
        ("a page of a file", 403, {"origin": "null"}),
    ]:
        try:
            connect(server.socket, legacy=True, **headers).close()
            score.check(False, f"{what} is let in")
        except InvalidStatus as error:
            score.check(error.response.status_code == status, f"{what}: {error.response.status_code}")
    score.check(neighbour.until("status")["data"]["ready"] in (True, False), "the neighbour is told on")
    return neighbour


def main():
    wick, folder = sys.argv[1], sys.argv[2]
    score = Score()
    server = Server(wick, folder)
    try:
        score.attempt("follow", lambda: follow(score, server) is None)
        neighbour = bad(score, server)
        server.process.terminate()
        try:
            while True:
                neighbour.take()
        except ConnectionClosed as error:
            score.check(error.rcvd is not None and error.rcvd.code == 1001, f"the end of the service is told: {error}")
        score.check(server.process.wait(60) == 0, "the server ends as asked")
    finally:
        server.stop()
    return score.finish()


if __name__ == "__main__":
    os.environ.pop("http_proxy", None)
    sys.exit(main())
