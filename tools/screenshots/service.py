#!/usr/bin/env python3
"""Every page of a running service through screenshots.js: small data, hostile names, 10 MB of failing rows.

  service.py [--assay build/release/assay] [--out build/screenshots]

Starts `assay serve` on a free port of loopback, has it judge what makes its pages hard, and looks at each page. Exit code 1 where a page
fails. Needs what README.md names; NODE_PATH as there.
"""
import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
HOSTILE = "<script>alert(1)</script>"
LONG = "a_column_with_a_name_that_never_ends_" * 4
SUITES = {
    "hostile.yaml": f"""suite: hostile
dataset: "silver.<img src=x onerror=alert(1)>"
description: "<b>bold</b> & 'quoted' \\"twice\\" \\u202Ereversed"
owner: "<i>team</i>"
runbook: "javascript:alert(1)"
columns:
  "{HOSTILE}": [not_null, unique, in_set: [a, b]]
  "{LONG}":
    - between: {{min: 0, max: 10}}
""",
    "big.yaml": "suite: big\nowner: data-team\nrunbook: https://wiki.example/big\ncolumns:\n" + "".join(
        f"  c{i}: [not_null, in_set: [good], matches_regex: '^g', length_between: {{min: 1, max: 4}}]\n" for i in range(40)),
    "wide.yaml": "suite: wide\ncolumns:\n" + "".join(f"  n{i}: [between: {{min: 0, max: 10}}, mean: {{min: 0, max: 1}}, not_null]\n" for i in range(120)),
    "broken.yaml": f"suite: broken\ncolums: {{}}\ntable:\n  - row_cuont: {{min: 1}}\ndescription: {LONG * 3}\n",
    "vars.yaml": "suite: vars\ntable:\n  - row_count: {min: \"{{ least }}\"}\n",
}


def batches():
    hostile = f'"{HOSTILE}",{LONG}\n' + "".join(f'"<svg onload=alert({i})>&amp;\u202e\u0007{"x" * i}",{i * 7 % 31}\n' for i in range(200))
    value = "bad value that is long enough to fill a page " * 2
    big = ",".join(f"c{i}" for i in range(40)) + "\n" + "".join(",".join(f"{value[:60]}{r}-{i}" for i in range(40)) + "\n" for r in range(3800))
    wide = ",".join(f"n{i}" for i in range(120)) + "\n" + "".join(",".join(str((r * 7919 + i * 104729) % 1000000) for i in range(120)) + "\n"
                                                                 for r in range(13000))
    return {"hostile": hostile, "big": big, "wide": wide}


def fetch(url, body=None, headers=None):
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers or {}), timeout=120) as answer:
        return answer.read(), answer.headers


def start(options, root):
    (root / "suites").mkdir()
    for name, text in SUITES.items():
        (root / "suites" / name).write_text(text)
    shutil.copy(ROOT / "examples/taxi.yaml", root / "suites/taxi.yaml")
    process = subprocess.Popen([options.assay, "serve", "--suites", root / "suites", "--data", ROOT / "examples", "--listen", "127.0.0.1:0"],
                               stderr=open(root / "log", "wb"))
    for _ in range(100):
        time.sleep(0.1)
        for line in (root / "log").read_text().splitlines():
            if '"listening"' in line:
                return process, f"http://127.0.0.1:{json.loads(line)['port']}"
    sys.exit("service.py: the service does not start")


def judge_all(url):
    pages = []
    for source in ("taxi.csv", "taxi_damaged.parquet"):
        body = json.dumps({"suite": "taxi", "source": source, "now": "2019-02-01"}).encode()
        pages.append((source.replace(".", "_"), fetch(url + "/v1/validations", body, {"Content-Type": "application/json"})[1]["Location"] + ".html"))
    for suite, text in batches().items():
        body = text.encode()
        pages.append((suite, fetch(f"{url}/v1/suites/{suite}/validations", body, {"Content-Type": "text/csv"})[1]["Location"] + ".html"))
        print(f"{suite}: {len(body) / 1e6:.1f} MB judged")
    return pages


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default=str(ROOT / "build/release/assay"))
    parser.add_argument("--out", default=str(ROOT / "build/screenshots"))
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="assay-pages-"))
    process, url = start(options, root)
    failed = 0
    try:
        pages = judge_all(url) + [("index", "/"), ("validations", "/v1/validations.html"), ("suites", "/v1/suites.html")]
        pages += [(f"suite_{name}", f"/v1/suites/{name}.html") for name in ("taxi", "hostile", "big", "wide", "broken", "vars")]
        for name, page in pages:
            size = len(fetch(url + page, None, {"Accept": "text/html"})[0])
            if size >= 1 << 20:
                print(f"{name}: {size} bytes are more than a page may have")
                failed += 1
            print(f"{name}: {size / 1000:.0f} kB", flush=True)
            failed += subprocess.run(["node", HERE / "screenshots.js", url + page, options.out, name], check=False).returncode != 0
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        shutil.rmtree(root)
    print(f"{len(pages)} pages, {failed} with something to say")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
