#!/usr/bin/env python3
"""The shipped alerts fire in a real Prometheus: a stale dataset and a dropped number of rows, judged by a running service.

  alerts_live.py [--assay build/release/assay] [--rules examples/prometheus/alerts.yml]

Starts `assay serve` and Prometheus on free ports of loopback, judges a batch whose newest row is two days old, then one with 30 % fewer
rows, and waits until the API of Prometheus says that both alerts fire. The rules are those that ship but for `for: 5m`, which is made
2s: the expressions are compared byte by byte. Needs prometheus and promtool. Exit code 0: both fired, and neither did before.
"""
import argparse
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent.parent.parent
SUITE = """suite: orders
dataset: silver.orders
columns:
  id: [not_null, unique]
  at:
    - freshness: {within: 7d}
"""
CONFIG = """global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: assay
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def fetch(url, body=None, media=None):
    request = urllib.request.Request(url, data=body, headers={"Content-Type": media} if media else {})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read()


def wait_for(what, seconds, probe):
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            found = probe()
            if found:
                return found
        except OSError:
            pass
        time.sleep(0.25)
    sys.exit(f"alerts_live: {what} did not happen within {seconds} s")


def batch(n, age_seconds):
    newest = time.time() - age_seconds
    rows = [f"{i},{time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(newest - i))}" for i in range(n)]
    return ("id,at\n" + "\n".join(rows) + "\n").encode()


def expressions(text):
    return re.findall(r"^ +expr: .*$", text, re.M)


def write_rules(shipped, to):
    """A copy that does not wait for five minutes."""
    text = shipped.read_text()
    quick = re.sub(r"^( +for: ).*$", r"\g<1>2s", text, flags=re.M)
    assert expressions(quick) == expressions(text) and len(expressions(text)) == 2, "the expressions differ"
    to.write_text(quick)


def alerts(url):
    found = json.loads(fetch(url + "/api/v1/alerts"))["data"]["alerts"]
    return {a["labels"]["alertname"]: a for a in found if a["state"] == "firing" and a["labels"].get("dataset") == "silver.orders"}


def judge(service, n, age_seconds):
    report = json.loads(fetch(service + "/v1/suites/orders/validations", batch(n, age_seconds), "text/csv"))
    print(f"judged {report['batch']['rows']} rows: {report['outcome']}")


def scraped(prometheus, expression, value):
    found = json.loads(fetch(prometheus + "/api/v1/query?query=" + expression))["data"]["result"]
    return bool(found) and float(found[0]["value"][1]) == value


def run(options, root, processes):
    (root / "suites").mkdir()
    (root / "data").mkdir()
    (root / "suites/orders.yaml").write_text(SUITE)
    port, prometheus_port = free_port(), free_port()
    service, prometheus = f"http://127.0.0.1:{port}", f"http://127.0.0.1:{prometheus_port}"
    processes.append(subprocess.Popen([options.assay, "serve", "--suites", root / "suites", "--data", root / "data", "--quiet",
                                       "--listen", f"127.0.0.1:{port}"]))
    write_rules(options.rules, root / "rules.yml")
    (root / "prometheus.yml").write_text(CONFIG.format(rules=root / "rules.yml", port=port))
    processes.append(subprocess.Popen(["prometheus", f"--config.file={root}/prometheus.yml", f"--storage.tsdb.path={root}/tsdb",
                                       f"--web.listen-address=127.0.0.1:{prometheus_port}", "--log.level=error"]))
    wait_for("the service", 20, lambda: fetch(service + "/readyz"))
    wait_for("Prometheus", 30, lambda: fetch(prometheus + "/-/ready"))
    lint = subprocess.run(["promtool", "check", "metrics"], input=fetch(service + "/metrics"), capture_output=True, check=False)
    print(f"promtool check metrics: exit code {lint.returncode}")

    judge(service, 1000, 3600)
    wait_for("a scrape of the good batch", 20, lambda: scraped(prometheus, "data_batch_rows", 1000))
    time.sleep(4)
    if alerts(prometheus):
        sys.exit(f"alerts_live: an alert fires over good data: {alerts(prometheus)}")
    print("fresh data, first batch: no alert")
    judge(service, 700, 2 * 86400)
    found = wait_for("both alerts", 40, lambda: (lambda a: a if len(a) == 2 else None)(alerts(prometheus)))
    for name, alert in sorted(found.items()):
        print(f"{alert['state']}: {name} {{dataset=\"{alert['labels']['dataset']}\", severity=\"{alert['labels']['severity']}\"}}"
              f"\n        {alert['annotations']['summary']}")
    judge(service, 1000, 3600)
    wait_for("the end of both alerts", 40, lambda: not alerts(prometheus))
    print("fresh data, all rows: no alert")
    return lint.returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay", default=str(HERE / "build/release/assay"))
    parser.add_argument("--rules", type=pathlib.Path, default=HERE / "examples/prometheus/alerts.yml")
    options = parser.parse_args()
    root = pathlib.Path(tempfile.mkdtemp(prefix="assay-alerts-"))
    processes = []
    try:
        return run(options, root, processes)
    finally:
        for process in processes:
            process.send_signal(signal.SIGTERM)
        for process in processes:
            process.wait(30)
        shutil.rmtree(root)


if __name__ == "__main__":
    sys.exit(main())
