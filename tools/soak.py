#!/usr/bin/env python3
"""Hours of mixed load on `assay serve`: every call, good and bad bodies, slow clients, callers that leave, SIGHUP.

  soak.py [--assay build/asan/assay] [--seconds 3600] [--callers 4] [--pause 0.4] [--seed 1] [--out soak.json]

Meant for a build with the address sanitizer. Each answer's status must be one that its request allows, verdict digests must not
depend on how the data came, /healthz must answer, memory and descriptors must not grow, SIGTERM must end with exit code 0 and the
sanitizer must have said nothing. Prints a summary; exit code 0: all of that held. Python's standard library only.
"""
import argparse
import collections
import gzip
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
HOSTILE = HERE.parent / "shared/corpora/hostile"
MAX_BODY = 4 << 20
CUT = 0  # the connection ended without an answer

SUITES = {
    "orders.yaml": """suite: orders
dataset: silver.orders
types: {id: int64, amount: 'decimal(10,2)', at: timestamp}
table:
  - row_count: {min: 1}
columns:
  id: [not_null, unique]
  amount:
    - between: {min: 0, max: 100}
    - quantiles: {0.5: {min: 0, max: 100}}
  at:
    - freshness: {within: 24h}
""",
    "plain.yaml": """suite: plain
types: {id: int64, amount: 'decimal(10,2)', at: timestamp}
columns:
  id: [not_null]
  amount:
    - between: {min: 0, max: 100}
""",
    "told.yaml": "suite: told\ncolumns:\n  id: [unique, mean: {min: 0}]\n  amount: [stdev: {min: 0}]\n",
    "drift.yaml": "suite: drift\ncolumns:\n  amount:\n    - matches_distribution: {reference: ../data/reference.csv, test: ks, max_effect: 0.9}\n",
    "slow.yml": "suite: slow\ncolumns:\n  t:\n    - matches_regex: \"^(x+x+)+[yz]\"\n",
    "vars.yaml": "suite: vars\ntable:\n  - row_count: {min: \"{{ least }}\"}\n",
    "broken.yaml": "suite: broken\ncolums: {}\n",
}


def csv_rows(n, bad=False):
    lines = ["id,amount,at"]
    for i in range(n):
        amount = "-1" if bad and i % 7 == 3 else f"{i % 100}.25"
        lines.append(f"{i},{amount},2024-12-10T{i % 24:02}:00:00Z")
    return ("\n".join(lines) + "\n").encode()


def json_lines(n):
    return b"".join(json.dumps({"id": i, "amount": i % 100 + 0.25, "at": f"2024-12-10T{i % 24:02}:00:00Z"}).encode() + b"\n" for i in range(n))


def zstd_raw(data):
    """A frame of raw blocks (RFC 8878, section 3.1): the standard library packs no zstd."""
    out = bytearray(b"\x28\xb5\x2f\xfd\xa0") + len(data).to_bytes(4, "little")
    for at in range(0, max(len(data), 1), 65536):
        part = data[at:at + 65536]
        out += (len(part) << 3 | (at + 65536 >= len(data))).to_bytes(3, "little") + part
    return bytes(out)


def make_tree(root):
    for name in ("suites", "data/day/dt=2024-12-10", "data/day/dt=2024-12-11", "outside", "tmp"):
        (root / name).mkdir(parents=True)
    for name, text in SUITES.items():
        (root / "suites" / name).write_text(text)
    data = root / "data"
    (data / "good.csv").write_bytes(csv_rows(500))
    (data / "bad.csv").write_bytes(csv_rows(500, bad=True))
    (data / "reference.csv").write_bytes(csv_rows(2000))
    (data / "damaged.csv").write_bytes(b"id,amount,at\n1,2,3,4\n")
    (data / "good.jsonl").write_bytes(json_lines(500))
    (data / "good.csv.gz").write_bytes(gzip.compress(csv_rows(500)))
    (data / "slow.csv").write_bytes(b"id,t\n" + b"".join(b"%d,xxxxxxxxxxxx\n" % i for i in range(20000)))
    (data / "day/dt=2024-12-10/a.csv").write_bytes(csv_rows(300))
    (data / "day/dt=2024-12-11/a.csv").write_bytes(csv_rows(200))
    (root / "outside/secret.csv").write_bytes(csv_rows(3))
    (data / "link.csv").symlink_to(root / "outside/secret.csv")
    (data / "zero").symlink_to("/dev/zero")
    os.mkfifo(data / "pipe")
    shutil.copy(HERE / "examples/taxi.parquet", data / "taxi.parquet")
    shutil.copy(HERE / "examples/taxi.yaml", root / "suites/taxi.yaml")


class Caller:
    """Speaks HTTP by hand: half of what is sent here no library would send."""

    def __init__(self, port, rng):
        self.port, self.rng = port, rng

    def connect(self, timeout=60):
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    @staticmethod
    def receive(s):
        """Status and body of one answer; CUT where there is none."""
        data = b""
        try:
            while b"\r\n\r\n" not in data:
                part = s.recv(65536)
                if not part:
                    return CUT, b""
                data += part
            head, body = data.split(b"\r\n\r\n", 1)
            length = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
            while length and len(body) < length[0]:
                part = s.recv(65536)
                if not part:
                    return CUT, b""
                body += part
            return int(head.split(b" ", 2)[1]), body
        except (ConnectionError, socket.timeout):
            return CUT, b""

    def raw(self, *parts, wait=0.0):
        with self.connect() as s:
            try:
                for part in parts:
                    s.sendall(part)
                    time.sleep(wait)
            except ConnectionError:
                pass
            return self.receive(s)

    def ask(self, method, target, body=None, headers=()):
        head = [f"{method} {target} HTTP/1.1", "Host: localhost", *headers]
        if body is not None:
            head.append(f"Content-Length: {len(body)}")
        return self.raw("\r\n".join(head).encode() + b"\r\n\r\n" + (body or b""))

    def source(self, suite, source, query="", **more):
        body = json.dumps({"suite": suite, "source": source, **more}).encode()
        return self.ask("POST", "/v1/validations" + query, body, ["Content-Type: application/json"])

    def body(self, suite, data, media="text/csv", query="", headers=()):
        return self.ask("POST", f"/v1/suites/{suite}/validations{query}", data, [f"Content-Type: {media}", *headers])

    def chunks(self, suite, pieces, wait=0.0, end=b"0\r\n\r\n"):
        head = f"POST /v1/suites/{suite}/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n"
        return self.raw(head.encode(), *(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces), end, wait=wait)


def digest(reply):
    return json.loads(reply[1]).get("verdict_digest") if reply[0] == 200 else None


# Every action gives its name, what it got, and which statuses are right. A full queue or a slow machine is no fault of the service.
BUSY = (429, 503)


def look(c):
    target, page = c.rng.choice([("/healthz", 0), ("/readyz", 0), ("/metrics", 0), ("/openapi.json", 0), ("/", 1), ("/v1/suites", 0),
                                 ("/v1/suites.html", 1), ("/v1/suites/orders", 0), ("/v1/suites/orders.html", 1), ("/v1/suites/broken", 0),
                                 ("/v1/validations?limit=20", 0), ("/v1/validations.html", 1)])
    status, body = c.ask("GET", target)
    if status == 200 and page and (len(body) >= 1 << 20 or not body.startswith(b"<!")):
        return "look", -1, (200,)
    return "look", status, (200,)


def look_at_run(c):
    status, body = c.ask("GET", "/v1/validations?limit=5")
    runs = json.loads(body)["validations"] if status == 200 else []
    if not runs:
        return "run", status, (200,)
    run = c.rng.choice(runs)["id"]
    status, body = c.ask("GET", f"/v1/validations/{run}{c.rng.choice(['', '.html'])}")
    return "run", (status if len(body) < 1 << 20 else -1), (200, 404)  # it may have made room meanwhile


def wrong(c):
    which = c.rng.randrange(12)
    asks = [
        (lambda: c.ask("GET", "/nowhere"), (404,)), (lambda: c.ask("GET", "/v1/suites/none"), (404,)),
        (lambda: c.ask("DELETE", "/v1/suites"), (405,)), (lambda: c.ask("GET", "/v1/validations?limit=x"), (400,)),
        (lambda: c.ask("POST", "/v1/validations", b"{", ["Content-Type: application/json"]), (400,)),
        (lambda: c.ask("POST", "/v1/validations", b"{}", ["Content-Type: text/plain"]), (415,)),
        (lambda: c.body("none", b"a\n1\n"), (404,)), (lambda: c.body("broken", b"a\n1\n"), (400,)),
        (lambda: c.body("plain", b"a\n1\n", media="image/png"), (415,)),
        (lambda: c.body("plain", b"a\n1\n", headers=["Content-Encoding: br"]), (415,)),
        (lambda: c.ask("GET", "/v1/suites/..%2f..%2fetc"), (400, 404)), (lambda: c.ask("GET", "/" + "x" * 9000), (414,)),
    ]
    ask, right = asks[which]
    return f"wrong.{which}", ask()[0], right


def sources(c):
    which = c.rng.randrange(13)
    now = {"now": "2024-12-11T00:00:00Z"}
    asks = [
        (lambda: c.source("orders", "good.csv", **now), (200,)), (lambda: c.source("orders", "good.csv", "?gate=true", **now), (200,)),
        (lambda: c.source("orders", "bad.csv", "?gate=true", **now), (422,)), (lambda: c.source("orders", "damaged.csv", "?gate=true"), (424,)),
        (lambda: c.source("orders", "absent.csv"), (404,)), (lambda: c.source("orders", "../outside/secret.csv"), (403,)),
        (lambda: c.source("orders", "link.csv"), (403,)), (lambda: c.source("orders", "pipe"), (403,)),
        (lambda: c.source("orders", "http://127.0.0.1/x"), (400,)), (lambda: c.source("vars", "good.csv", vars={"least": 1}), (200,)),
        (lambda: c.source("orders", "day", partition={"dt": "2024-12-10"}, **now), (200,)), (lambda: c.source("drift", "good.csv"), (200,)),
        (lambda: c.source("taxi", "taxi.parquet", now="2019-02-01"), (200,)),
    ]
    ask, right = asks[which]
    return f"source.{which}", ask()[0], right + BUSY


def bodies(c):
    which = c.rng.randrange(12)
    rows = c.rng.choice([1, 10, 1000, 10000])
    suite = c.rng.choice(["orders", "plain", "told"])
    taxi = (HERE / "examples/taxi.parquet").read_bytes()
    asks = [
        (lambda: c.body(suite, csv_rows(rows)), (200,)), (lambda: c.body(suite, csv_rows(rows, bad=True)), (200,)),
        (lambda: c.body(suite, json_lines(rows), "application/x-ndjson"), (200,)),
        (lambda: c.body(suite, b"[" + json_lines(rows).strip().replace(b"\n", b",") + b"]", "application/json"), (200,)),
        (lambda: c.body(suite, gzip.compress(csv_rows(rows)), headers=["Content-Encoding: gzip"]), (200,)),
        (lambda: c.body(suite, zstd_raw(csv_rows(rows)), headers=["Content-Encoding: zstd"]), (200,)),
        (lambda: c.body("taxi", taxi, "application/vnd.apache.parquet", "?now=2019-02-01"), (200,)),
        (lambda: c.body("taxi", taxi[:-c.rng.randrange(1, 5000)], "application/vnd.apache.parquet"), (400,)),
        (lambda: c.body(suite, csv_rows(rows) + b'9,"never closed\n'), (400,)),
        (lambda: c.body(suite, gzip.compress(csv_rows(rows))[:-9], headers=["Content-Encoding: gzip"]), (400,)),
        (lambda: c.body(suite, gzip.compress(b"1\n" * MAX_BODY), headers=["Content-Encoding: gzip"]), (413,)),
        (lambda: c.body(suite, bytes(c.rng.randrange(256) for _ in range(2000))), (200, 400)),
    ]
    ask, right = asks[which]
    return f"body.{which}", ask()[0], right + BUSY


def same_digest(c):
    found = {digest(c.source("told", "good.csv")), digest(c.body("told", (HERE_DATA / "good.csv").read_bytes())),
             digest(c.body("told", gzip.compress((HERE_DATA / "good.csv").read_bytes()), headers=["Content-Encoding: gzip"])),
             digest(c.chunks("told", pieces_of("good.csv")))}
    found.discard(None)  # the queue was full
    return "same digest", 200 if len(found) <= 1 else -1, (200,)


def pieces_of(name, size=999):
    data = (HERE_DATA / name).read_bytes()
    return [data[i:i + size] for i in range(0, len(data), size)]


def chunked(c):
    data = csv_rows(c.rng.choice([5, 500, 5000]))
    pieces = [data[i:i + 4000] for i in range(0, len(data), 4000)]
    return "chunked", c.chunks(c.rng.choice(["orders", "plain"]), pieces, wait=c.rng.choice([0, 0.01]))[0], (200,) + BUSY


def streamed(c):
    """Long enough to be judged while it arrives; some leave halfway, some are packed, some are broken in the middle."""
    data = csv_rows(c.rng.choice([12000, 20000]))
    way = c.rng.choice(["whole", "whole", "leave", "packed", "broken"])
    headers = "Content-Encoding: gzip\r\n" if way in ("packed", "broken") else ""
    if headers:
        data = gzip.compress(data, compresslevel=0)
    if way == "broken":
        data = data[:len(data) // 2] + b"\xff" * 80000 + data[len(data) // 2 + 80000:]
    pieces = [data[i:i + 60000] for i in range(0, len(data), 60000)]
    if way == "leave":
        pieces = pieces[:4]
    head = (f"POST /v1/suites/{c.rng.choice(['orders', 'plain', 'told'])}/validations HTTP/1.1\r\nHost: x\r\n{headers}"
            "Content-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n").encode()
    with c.connect() as s:
        try:
            s.sendall(head)
            for piece in pieces:
                s.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
                time.sleep(c.rng.choice([0, 0.02, 0.1]))
            if way == "leave":
                return "streamed, leave", CUT, (CUT,)
            s.sendall(b"0\r\n\r\n")
        except ConnectionError:
            pass
        status = c.receive(s)[0]
    return f"streamed, {way}", status, ((400, CUT) if way == "broken" else (200,)) + BUSY


def chunked_badly(c):
    end = c.rng.choice([b"zz\r\n", b"-1\r\n", b"fffffffffffffffff\r\n", b"5\r\nab"])
    return "chunked badly", c.chunks("plain", [csv_rows(10)], end=end)[0] if end != b"5\r\nab" else CUT, (CUT, 400, 413)


def too_large(c):
    if c.rng.random() < 0.5:
        head = f"POST /v1/suites/plain/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {MAX_BODY + 1}\r\n\r\n"
        return "too large", c.raw(head.encode())[0], (413,)
    piece = csv_rows(20000)
    return "too large, chunked", c.chunks("plain", [piece] * (MAX_BODY // len(piece) + 3))[0], (413, CUT) + BUSY


def slow_body(c):
    data = csv_rows(40)
    head = f"POST /v1/suites/plain/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    return "slow body", c.raw(head, *(data[i:i + 100] for i in range(0, len(data), 100)), wait=0.1)[0], (200,) + BUSY


def slow_head(c):
    with c.connect() as s:
        try:
            for byte in b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaa":
                s.sendall(bytes([byte]))
                time.sleep(0.1)
        except ConnectionError:
            pass
        return "slow head", CUT, (CUT,)


def leave(c):
    """In the headers, in the body, or while it is judged; by FIN or by RST."""
    data = csv_rows(3000)
    head = f"POST /v1/suites/orders/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: {len(data)}\r\n\r\n".encode()
    whole = head + data
    if c.rng.random() < 0.3:
        body = json.dumps({"suite": "slow", "source": "slow.csv"}).encode()
        whole = b"POST /v1/validations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
    with c.connect() as s:
        s.sendall(whole[:c.rng.choice([10, len(head) + 100, len(whole) // 2, len(whole), len(whole)])])
        time.sleep(c.rng.choice([0, 0.05, 0.2]))
        if c.rng.random() < 0.5:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return "leave", CUT, (CUT,)


def keys(c):
    key = f"Idempotency-Key: k{c.rng.random()}"
    first = c.body("plain", csv_rows(50), headers=[key])
    second = c.body("plain", csv_rows(50), headers=[key])
    third = c.body("plain", csv_rows(51), headers=[key])
    if first[0] != 200:
        return "keys", first[0], BUSY
    ok = second == first and third[0] == 409
    return "keys", 200 if ok else -1, (200,)


def keep_alive(c):
    with c.connect() as s:
        for target in ("/healthz", "/nowhere", "/metrics", "/v1/suites"):
            s.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            status = c.receive(s)[0]
            if status not in (200, 404):
                return "keep alive", status, (200,)
    return "keep alive", 200, (200,)


def crowd(c):
    """Many connections at once that say little, while the probe answers."""
    held = []
    try:
        for _ in range(60):
            s = c.connect()
            s.sendall(b"POST /v1/suites/plain/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 10\r\n\r\nid\n1")
            held.append(s)
        return "crowd", c.ask("GET", "/healthz")[0], (200,)
    finally:
        for s in held:
            s.close()


def hostile(c):
    """Requests of the shared corpus, as they are: refused or cut, never a 5xx."""
    files = sorted((HOSTILE / "http").glob("*.bin"))
    if not files:
        return "hostile", CUT, (CUT,)
    file = c.rng.choice(files)
    with c.connect(timeout=2) as s:
        try:
            s.sendall(file.read_bytes())
        except ConnectionError:
            pass
        status = c.receive(s)[0]
    return f"hostile.{file.stem}", status, (CUT, 200, 400, 403, 404, 405, 411, 413, 414, 415, 431, 501)


def timed_out(c):
    """A regular expression that backtracks is told as not evaluated, in bounded time."""
    return "regex", c.source("slow", "slow.csv", "?gate=true")[0], (200, 422, 424) + BUSY


ACTIONS = [(look, 12), (look_at_run, 4), (wrong, 6), (sources, 10), (bodies, 14), (same_digest, 2), (chunked, 5), (streamed, 6), (chunked_badly, 2),
           (too_large, 2), (slow_body, 2), (slow_head, 1), (leave, 6), (keys, 2), (keep_alive, 2), (crowd, 1), (hostile, 3), (timed_out, 1)]
HERE_DATA = None


class Soak:
    def __init__(self, options):
        self.o = options
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="assay-soak-"))
        self.counts = collections.Counter()
        self.wrong = []
        self.health, self.rss, self.descriptors = [], [], []
        self.lock = threading.Lock()
        self.ends = 0.0

    def start(self):
        global HERE_DATA
        make_tree(self.root)
        HERE_DATA = self.root / "data"
        self.log = open(self.root / "log", "wb")
        environment = dict(os.environ, TMPDIR=str(self.root / "tmp"),
                           ASAN_OPTIONS=f"log_path={self.root}/asan:exitcode=99:detect_leaks=1:quarantine_size_mb=16:malloc_context_size=12",
                           UBSAN_OPTIONS=f"log_path={self.root}/ubsan:print_stacktrace=1")
        self.process = subprocess.Popen(
            [self.o.assay, "serve", "--suites", self.root / "suites", "--data", self.root / "data", "--listen", "127.0.0.1:0",
             f"--max-body={MAX_BODY}B", "--body-memory=8MiB", "--timeout=5s", "--body-timeout=6s", "--header-timeout=4s", "--idle-timeout=8s",
             "--threads=2", "--memory=256MiB", "--queue=16", "--history=200", f"--tmp={self.root}/tmp"],
            env=environment, stderr=self.log)
        for _ in range(200):
            time.sleep(0.1)
            for line in (self.root / "log").read_text(errors="replace").splitlines():
                if '"listening"' in line:
                    return json.loads(line)["port"]
            if self.process.poll() is not None:
                break
        sys.exit("soak: the service does not start:\n" + (self.root / "log").read_text(errors="replace"))

    def call(self, number):
        caller = Caller(self.port, random.Random(self.o.seed * 1000 + number))
        names = [a for a, _ in ACTIONS]
        weights = [w for _, w in ACTIONS]
        while time.monotonic() < self.ends:
            action = caller.rng.choices(names, weights)[0]
            try:
                name, status, right = action(caller)
            except OSError as problem:
                name, status, right = action.__name__, f"{type(problem).__name__}: {problem}", ()
            with self.lock:
                self.counts[(name, status)] += 1
                if status not in right and len(self.wrong) < 1000:
                    self.wrong.append((round(time.time(), 1), name, status, list(right)))
            time.sleep(caller.rng.expovariate(1 / self.o.pause))

    def measure(self):
        started = time.monotonic()
        try:
            status = Caller(self.port, random).ask("GET", "/healthz")[0]
        except OSError:
            status = CUT
        self.health.append(time.monotonic() - started if status == 200 else 99)
        with open(f"/proc/{self.process.pid}/status") as file:
            self.rss.append(int([line.split()[1] for line in file if line.startswith("VmRSS")][0]) / 1024)
        self.descriptors.append(len(os.listdir(f"/proc/{self.process.pid}/fd")))

    def run(self):
        self.port = self.start()
        began = time.monotonic()
        self.ends = began + self.o.seconds
        threads = [threading.Thread(target=self.call, args=(n,)) for n in range(self.o.callers)]
        for thread in threads:
            thread.start()
        turn = 0
        while time.monotonic() < self.ends and self.process.poll() is None:
            time.sleep(5)
            turn += 1
            if self.process.poll() is None:
                self.measure()
            if turn % 4 == 0:  # another suite, and the signal that has it read
                text = SUITES["told.yaml"] + f"description: version {turn}\n"
                fresh = self.root / "suites/.told.new"
                fresh.write_text(text)
                fresh.rename(self.root / "suites/told.yaml")
                self.process.send_signal(signal.SIGHUP)
        for thread in threads:
            thread.join()
        seconds = time.monotonic() - began
        time.sleep(10)  # past the limits of whoever is slow
        descriptors_after = len(os.listdir(f"/proc/{self.process.pid}/fd")) if self.process.poll() is None else -1
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = "did not end"
        return self.judge(seconds, code, descriptors_after)

    def judge(self, seconds, code, descriptors_after):
        said = [p.read_text(errors="replace")[:4000] for p in sorted(self.root.glob("*san.*"))]
        n = len(self.rss)
        early, late = statistics.median(self.rss[n // 5:n // 2 or 1] or [0]), statistics.median(self.rss[-(n // 5 or 1):] or [0])
        left = [p.name for p in (self.root / "tmp").iterdir()]
        lines = sum(1 for _ in open(self.root / "log", "rb"))
        faults = []
        if self.wrong:
            faults.append(f"{len(self.wrong)} answers with a status that is not right, the first: {self.wrong[:5]}")
        if code != 0:
            faults.append(f"exit code {code}")
        if said:
            faults.append("the sanitizer spoke")
        if late > early * 1.2 + 32:
            faults.append(f"memory grew from {early:.0f} to {late:.0f} MB")
        if left:
            faults.append(f"temporary files are left: {left[:5]}")
        summary = {
            "seconds": round(seconds), "calls": sum(self.counts.values()), "log_lines": lines,
            "exit_code": code, "faults": faults, "sanitizer": said,
            "rss_mb": {"early": round(early), "late": round(late), "most": round(max(self.rss or [0]))},
            "descriptors": {"most": max(self.descriptors or [0]), "after": descriptors_after},
            "healthz_seconds": {"median": round(statistics.median(self.health or [0]), 4), "most": round(max(self.health or [0]), 3)},
        }
        statuses = collections.Counter()
        for (_, status), count in self.counts.items():
            statuses[str(status)] += count
        summary["statuses"] = dict(sorted(statuses.items()))
        summary["by_action"] = {f"{name} {status}": count for (name, status), count in sorted(self.counts.items(), key=str)}
        summary["wrong"] = self.wrong[:50]
        if self.o.out:
            pathlib.Path(self.o.out).write_text(json.dumps(summary, indent=1) + "\n")
        print(f"soak: {summary['calls']} calls in {summary['seconds']} s, statuses {summary['statuses']}")
        print(f"soak: memory {summary['rss_mb']} MB, descriptors {summary['descriptors']}, /healthz {summary['healthz_seconds']} s")
        print("soak: " + ("; ".join(faults) if faults else "every status was right, exit code 0, no leak, nothing from the sanitizer"))
        if faults:
            print(f"soak: the log is in {self.root}")
        else:
            shutil.rmtree(self.root)
        return 1 if faults else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default="build/asan/assay")
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--pause", type=float, default=0.4, help="mean seconds between two calls of a caller")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", help="the summary as JSON")
    sys.exit(Soak(parser.parse_args()).run())


if __name__ == "__main__":
    main()
