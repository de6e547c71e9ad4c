#!/usr/bin/env python3
"""Speed of the service: validations a second and latencies by wrk, and /healthz beside 500 slow callers.

  bench_serve.py [--assay build/release/assay] [--seconds 6] [--slow 500]

Starts `assay serve` on a free port of loopback, sends CSV bodies of 10 and 1,000 rows over 1 and 64 connections, judged by a suite of
five expectations, and prints a table in Markdown with the load of the machine. Needs wrk. Python's standard library only.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent.parent
SUITE = """suite: bench
types: {id: int64, amount: 'decimal(10,2)', kind: string, at: timestamp}
table:
  - row_count: {min: 1}
columns:
  id: [not_null, unique]
  amount:
    - between: {min: 0, max: 100000}
  kind:
    - in_set: [a, b, c]
"""
SCRIPT = """local file = io.open("{body}", "rb")
wrk.method = "POST"
wrk.body = file:read("*a")
wrk.headers["Content-Type"] = "text/csv"
"""
SLOW = (b"GET /healthz HT",
        b"POST /v1/suites/bench/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 900\r\n\r\na",
        b"POST /v1/suites/bench/validations HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\na")


def body(n):
    rows = [f"{i},{i % 977}.25,{'abc'[i % 3]},2024-12-10T{i % 24:02}:00:00Z" for i in range(n)]
    return ("id,amount,kind,at\n" + "\n".join(rows) + "\n").encode()


def start(options, root):
    (root / "suites").mkdir()
    (root / "data").mkdir()
    (root / "suites/bench.yaml").write_text(SUITE)
    log = open(root / "log", "wb")
    process = subprocess.Popen([options.assay, "serve", "--suites", root / "suites", "--data", root / "data", "--listen", "127.0.0.1:0"],
                               stderr=log)
    for _ in range(100):
        time.sleep(0.05)
        for line in (root / "log").read_text().splitlines():
            if '"listening"' in line:
                return process, json.loads(line)["port"]
    sys.exit("bench_serve: the service does not start: " + (root / "log").read_text())


def milliseconds(text):
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000, "m": 60000}[unit]


def wrk(port, script, connections, seconds):
    out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", script,
                          f"http://127.0.0.1:{port}/v1/suites/bench/validations"], capture_output=True, text=True, check=True).stdout
    n = int(re.search(r"(\d+) requests in", out).group(1))
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)", out)
    return {"n": n, "rate": float(re.search(r"Requests/sec:\s+([\d.]+)", out).group(1)), "p50": milliseconds(re.search(r"^ +50% +(\S+)", out, re.M).group(1)),
            "p99": milliseconds(re.search(r"^ +99% +(\S+)", out, re.M).group(1)), "wrong": wrong.group(0) if wrong else ""}


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def health(port):
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as s:
        s.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        if not s.recv(4096).startswith(b"HTTP/1.1 200"):
            sys.exit("bench_serve: /healthz does not answer 200")
    return (time.perf_counter() - started) * 1000


def slow_callers(port, n):
    held = [socket.create_connection(("127.0.0.1", port)) for _ in range(n)]
    for i, s in enumerate(held):
        s.sendall(SLOW[i % len(SLOW)])
    took = []
    for i in range(100):
        took.append(health(port))
        for s in held[i::100]:
            s.sendall(b"x")  # a byte now and then
        time.sleep(0.02)
    for s in held:
        s.close()
    return sorted(took)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default=str(HERE / "build/release/assay"))
    parser.add_argument("--seconds", type=int, default=6)
    parser.add_argument("--slow", type=int, default=500)
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="assay-bench-serve-"))
    load = os.getloadavg()[0]
    process, port = start(options, root)
    try:
        print(f"{os.cpu_count()} cores, load average before: {load:.2f}\n")
        print("| rows in a body | connections | validations a second | median | p99 | CPU of one |\n|---|---|---|---|---|---|")
        for rows in (10, 1000):
            (root / "body").write_bytes(body(rows))
            (root / "post.lua").write_text(SCRIPT.format(body=root / "body"))
            for connections in (1, 64):
                before = cpu_seconds(process.pid)
                r = wrk(port, root / "post.lua", connections, options.seconds)
                print(f"| {rows:,} | {connections} | {r['rate']:,.0f} | {r['p50']:.1f} ms | {r['p99']:.1f} ms | "
                      f"{(cpu_seconds(process.pid) - before) / r['n'] * 1000:.2f} ms | {r['wrong']}", flush=True)
        took = slow_callers(port, options.slow)
        print(f"\n/healthz beside {options.slow} slow callers, of {len(took)}: median {took[len(took) // 2]:.2f} ms, worst {took[-1]:.2f} ms")
    finally:
        process.send_signal(signal.SIGTERM)
        code = process.wait(60)
        shutil.rmtree(root)
    return code


if __name__ == "__main__":
    sys.exit(main())
