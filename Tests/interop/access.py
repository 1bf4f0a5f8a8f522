#!/usr/bin/env python3
"""Asks `wick serve` over TLS with keys and tokens that other programs made, good ones and bad ones, and by a browser.

    python3 Tests/interop/access.py WICK BOOTSTRAP REGISTRY FOLDER SCREENSHOTS

Tokens and key sets are joserfc's, certificates are cryptography's, and the client's TLS is Python's (OpenSSL). Writes sign-in.png
to SCREENSHOTS for people to look at.
"""

import base64
import datetime
import hashlib
import hmac
import http.client
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import warnings

from checks import Score
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwk, jwt
from playwright.sync_api import sync_playwright

ISSUER = "https://issuer.example.com"
ALGORITHMS = {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA", "oct": "HS256"}


def certificate(folder, name, days):
    """A certificate of 127.0.0.1 that signs itself, from three days ago on; its file and that of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=3)
    made = (x509.CertificateBuilder().subject_name(subject).issuer_name(subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
            .sign(key, hashes.SHA256()))
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    return paths


class Server:
    """`wick serve` at a free port of this machine."""

    def __init__(self, wick, bootstrap, registry, folder, name, *more):
        self.log = folder / f"{name}.log"
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [wick, "serve", "sql", "--bootstrap", bootstrap, "--registry", registry, "--listen", "127.0.0.1:0", *more],
                stdout=log, stderr=subprocess.STDOUT, env={**os.environ, "WICK_LOG": "trace"})
        deadline = time.monotonic() + 60
        while "answering at " not in self.log.read_text():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"wick serve does not answer: {self.log.read_text()[-2000:]}")
            time.sleep(0.05)
        self.url = self.log.read_text().split("answering at ")[1].split()[0]
        self.port = int(self.url.rsplit(":", 1)[1])

    def reload(self):
        """Sends SIGHUP, and waits until the files have been read."""
        before = self.log.read_text().count("read again")
        self.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + 30
        while self.log.read_text().count("read again") == before and time.monotonic() < deadline:
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Client:
    def __init__(self, port, root):
        self.port, self.context = port, ssl.create_default_context(cafile=str(root))

    def get(self, path, token=None, header="Authorization"):
        """Status, headers and body of an answer."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=30)
        headers = {} if token is None else {header: f"Bearer {token}" if header == "Authorization" else token}
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()
        finally:
            connection.close()

    def open_socket(self, token):
        """A connection on which a WebSocket was asked for, and the status line that came."""
        protocols = "wick.v1" + (f", wick.key.{token}" if token else "")
        plain = socket.create_connection(("127.0.0.1", self.port), 30)
        secure = self.context.wrap_socket(plain, server_hostname="127.0.0.1")
        secure.sendall((
            f"GET /v1/ws HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
            f"Sec-WebSocket-Protocol: {protocols}\r\n\r\n").encode())
        return secure, secure.recv(4096).split(b"\r\n")[0].decode()

    def socket_status(self, token):
        secure, status = self.open_socket(token)
        secure.close()
        return status


def encoded(value):
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=").decode()


def by_hand(header, claims, secret):
    """A token whose signature is an HMAC, whatever its header says."""
    text = f"{encoded(header)}.{encoded(claims)}"
    return f"{text}.{encoded(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


def tokens(score, client, keys, public):
    """Every algorithm is accepted, every forgery refused with its own reason, and no answer holds any of it."""
    now = int(time.time())
    good = {"exp": now + 600, "nbf": now - 10, "iss": ISSUER, "aud": "wick", "sub": "anna", "role": "reader"}

    def encode(header, claims, key):
        return jwt.encode(header, claims, key, algorithms=list(ALGORITHMS.values()))

    def signed(name="rsa", **changes):
        claims = {claim: value for claim, value in {**good, **changes}.items() if value is not None}
        return encode({"alg": ALGORITHMS[name], "kid": name}, claims, keys[name])

    for name in keys:
        status, _, body = client.get("/v1/stats", signed(name))
        score.check(status == 200, f"a token with {ALGORITHMS[name]}: {status} {body[:200]}")
    newer = jwt.encode({"alg": "Ed25519", "kid": "ed"}, good, keys["ed"], algorithms=["Ed25519"])
    score.check(client.get("/v1/stats", newer)[0] == 200, "Ed25519, EdDSA's newer name")
    lists = signed(aud=["other", "wick"], role=None, roles=["operator"])
    score.check(client.get("/v1/stats", lists)[0] == 200, "lists of claims")
    fine = signed()
    rsa = public["rsa"]
    pem = keys["rsa"].as_pem(private=False)
    other = jwk.RSAKey.generate_key(2048)
    bad = {
        "expired": signed(exp=now - 3600), "not yet valid": signed(nbf=now + 3600),
        "another issuer": signed(iss="https://evil.example.com"),
        "another audience": signed(aud="other"), "no expiry": signed(exp=None), "no subject": signed(sub=None),
        "no role": signed(role=None), "unknown role": signed(role="root"),
        "another's key": encode({"alg": "RS256", "kid": "rsa"}, good, other),
        "claims exchanged": ".".join([fine.split(".")[0], encoded({**good, "role": "operator"}), fine.split(".")[2]]),
        "alg none": f"{encoded({'alg': 'none', 'kid': 'rsa'})}.{encoded(good)}.",
        "alg none, signature kept": f"{encoded({'alg': 'none', 'kid': 'rsa'})}.{encoded(good)}.{fine.split('.')[2]}",
        "HMAC with the public key (PEM)": by_hand({"alg": "HS256", "kid": "rsa"}, good, pem),
        "HMAC with the public key (n)": by_hand({"alg": "HS256", "kid": "rsa"}, good, rsa["n"].encode()),
        "HMAC with the public key under the secret's kid": by_hand({"alg": "HS256", "kid": "oct"}, good, pem),
        "unknown kid": encode({"alg": "RS256", "kid": "x"}, good, keys["rsa"]),
        "no kid and another's key": encode({"alg": "RS256"}, good, other),
        "kid of another algorithm": encode({"alg": "RS256", "kid": "ec"}, good, keys["rsa"]),
        "garbage": "a.b.c", "dots": "..", "long": signed(more="x" * 9000),
    }
    reasons = {}
    for what, token in bad.items():
        status, headers, body = client.get("/v1/stats", token)
        score.check(status == 401, f"{what}: {status} {body[:200]}")
        score.check(headers.get("www-authenticate") == 'Bearer error="invalid_token"', f"{what}: {headers}")
        score.check("anna" not in body and token[-20:] not in body, f"{what}: the answer tells of the token: {body[:200]}")
        reasons[what] = json.loads(body).get("detail", "")
    for what, word in {
        "expired": "expired", "not yet valid": "not valid yet", "another issuer": "issuer", "another audience": "service",
        "no role": "role", "another's key": "signature", "alg none": "algorithm", "long": "longer",
    }.items():
        score.check(word in reasons[what], f"{what}: {reasons[what]}")
    try:
        status = client.get("/v1/stats", "a.b." + "x" * 65536)[0]
    except (OSError, http.client.HTTPException):
        status = 431
    score.check(400 <= status < 500, f"a token of 64 kB: {status}")
    score.check(client.get("/v1/stats", fine, header="X-API-Key")[0] == 401, "a token is no API key")
    score.check(client.get("/v1/stats", fine)[0] == 200, "and a good one is accepted after all that")
    score.check(" 101 " in client.socket_status(fine), "a WebSocket with a token")
    score.check(" 401 " in client.socket_status(bad["expired"]), "a WebSocket with an expired token")
    score.check(" 401 " in client.socket_status(None), "a WebSocket without one")
    return fine, bad["expired"]


def transport(score, server, client):
    """Old versions and plain text are refused; whoever says nothing stops nobody."""
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        context = ssl.create_default_context(cafile=None)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.minimum_version = context.maximum_version = version
        with socket.create_connection(("127.0.0.1", server.port), 30) as plain, context.wrap_socket(plain) as secure:
            score.check(secure.version() == version.name.replace("_", "."), f"{version.name}: {secure.version()}")
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", server.port), 30) as plain, old.wrap_socket(plain):
            score.check(False, "TLS 1.1 is spoken")
    except ssl.SSLError as error:
        score.check("PROTOCOL_VERSION" in str(error).upper().replace(" ", "_"), f"TLS 1.1: {error}")
    silent = [socket.create_connection(("127.0.0.1", server.port), 30) for _ in range(200)]
    for text in (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", os.urandom(4096), b"\x16\x03\x01\x40\x00" + os.urandom(200)):
        with socket.create_connection(("127.0.0.1", server.port), 30) as plain:
            plain.sendall(text)
            plain.shutdown(socket.SHUT_WR)
            answer = b""
            try:
                while chunk := plain.recv(4096):
                    answer += chunk
            except ConnectionError:
                pass
            score.check(b"HTTP/1.1 2" not in answer, f"{text[:10]}: {answer[:60]}")
    score.check(client.get("/healthz")[0] == 200, "others are answered while 200 connections say nothing")
    for one in silent:
        one.close()


def taken_back(score, server, client, wick, ring):
    """A key that is taken out of the file ends what was opened with it, and nothing else."""
    added = subprocess.run([wick, "serve", "keys", "add", "gone", "--keys", ring], capture_output=True, text=True, check=True)
    server.reload()
    key = added.stdout.strip()
    secure, status = client.open_socket(key)
    score.check(" 101 " in status, f"a key that was added while the server runs: {status}")
    frame = b'{"op":"subscribe","id":"all"}'
    secure.sendall(bytes([0x81, 0x80 | len(frame), 0, 0, 0, 0]) + frame)
    ring.write_text(json.dumps({"keys": [one for one in json.loads(ring.read_text())["keys"] if one["name"] != "gone"]}))
    server.reload()
    score.check(client.get("/v1/stats", key)[0] == 401, "a key that was taken back")
    deadline = time.monotonic() + 60
    try:
        while secure.recv(65536) and time.monotonic() < deadline:
            pass
    except OSError:
        pass
    score.check(time.monotonic() < deadline, "a WebSocket ends with its key")
    secure.close()


def page(score, server, good, expired, screenshots):
    """A person signs in: nothing given, something wrong, something right."""
    screenshots.mkdir(parents=True, exist_ok=True)
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        tab = browser.new_context(ignore_https_errors=True).new_page()
        tab.goto(server.url)
        tab.wait_for_selector("#sign-in[open]")
        score.check(tab.locator("#sign-in-why").inner_text() == "", "who has given nothing is not told that it is wrong")
        tab.fill("#key", expired)
        tab.click("#sign-in button")
        tab.wait_for_selector("#sign-in-why:not(:empty)")
        score.check("expired" in tab.locator("#sign-in-why").inner_text(), "why a token is refused")
        tab.screenshot(path=screenshots / "sign-in.png")
        tab.fill("#key", f" {good} ")
        tab.click("#sign-in button")
        tab.wait_for_selector('#connection[data-state="live"]', timeout=60_000)
        score.check(not tab.locator("#sign-in").is_visible(), "the page is live with a token")
        tab.reload()
        tab.wait_for_selector('#connection[data-state="live"]', timeout=60_000)
        score.check(not tab.locator("#sign-in").is_visible(), "the tab remembers it")
        browser.close()


def main():
    # What is old and given up is used on purpose.
    warnings.simplefilter("ignore")
    wick, bootstrap, registry, folder, screenshots = *sys.argv[1:4], pathlib.Path(sys.argv[4]), pathlib.Path(sys.argv[5])
    folder.mkdir(parents=True, exist_ok=True)
    keys = {
        "rsa": jwk.RSAKey.generate_key(2048), "ec": jwk.ECKey.generate_key("P-256"),
        "ed": jwk.OKPKey.generate_key("Ed25519"), "oct": jwk.OctKey.generate_key(256),
    }
    public = {name: {**key.as_dict(private=name == "oct"), "kid": name} for name, key in keys.items()}
    (folder / "jwks.json").write_text(json.dumps({"keys": list(public.values())}))
    add = [wick, "serve", "keys", "add", "me", "--keys", folder / "keys.json"]
    api_key = subprocess.run(add, capture_output=True, text=True, check=True).stdout.strip()
    score = Score()
    root, key = certificate(folder, "server", 30)
    tls = ["--tls-cert", str(root), "--tls-key", str(key)]
    server = Server(wick, bootstrap, registry, folder, "serve", *tls, "--keys", str(folder / "keys.json"), "--jwt-keys",
                    str(folder / "jwks.json"), "--jwt-audience", "wick", "--jwt-issuer", ISSUER)
    try:
        client = Client(server.port, root)
        score.check(client.get("/v1/stats", api_key)[0] == 200 and client.get("/v1/stats")[0] == 401, "API keys beside tokens")
        good, expired = tokens(score, client, keys, public)
        transport(score, server, client)
        taken_back(score, server, client, wick, folder / "keys.json")
        page(score, server, good, expired, screenshots)
        score.check(server.process.poll() is None, "the server is up after all that")
    finally:
        code = server.stop()
    said = server.log.read_text()
    score.check(code == 0, f"wick serve ended with {code}: {said[-500:]}")
    private = key.read_text().splitlines()[1]
    secrets = api_key, good, expired, private, public["oct"]["k"]
    score.check(not any(text[-16:] in said for text in secrets), "the log holds a secret")
    root, key = certificate(folder, "expired", 2)
    server = Server(wick, bootstrap, registry, folder, "expired", "--tls-cert", str(root), "--tls-key", str(key))
    server.stop()
    score.check("has expired" in server.log.read_text(), "an expired certificate is pointed out")
    sys.exit(score.finish())


if __name__ == "__main__":
    main()
