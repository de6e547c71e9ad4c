"""Running contestants: whole processes, interleaved, page cache warm, medians; tables and what is kept of them."""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time


def once(words, limit=600):
    """One process from start to end: wall and CPU seconds, peak MB (the kernel's figures, wait4), exit code, output."""
    start = time.perf_counter()
    process = subprocess.Popen([str(w) for w in words], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        out = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
    finally:
        process.stdout.close()
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mb": usage.ru_maxrss / 1024, "code": process.returncode,
            "out": out, "load": os.getloadavg()[0]}


def interleaved(contestants, runs):
    """{name: [run, ...]} of {name: words}: one unmeasured run of each, then A B C A B C ..."""
    found = {name: [] for name in contestants}
    for name, words in contestants.items():
        first = once(words)
        if first["code"] not in (0, 1, 3) and name.startswith("assay"):
            sys.exit(f"bench: {' '.join(map(str, words))}: exit code {first['code']}")
    for _ in range(runs):
        for name, words in contestants.items():
            found[name].append(once(words))
    return found


def medians(found):
    return {name: {k: statistics.median(r[k] for r in runs) for k in ("wall", "cpu", "mb", "load")} | {"code": runs[-1]["code"]}
            for name, runs in found.items() if runs}


def table(title, found, ours, note="", extra=None):
    """A Markdown table with the ratios pair by pair, and the same as a row to be kept. `extra`: {name: text} of a last column."""
    m = medians(found)
    print(f"\n### {title}\n")
    if note:
        print(note + "\n")
    print(f"| | wall s | CPU s | peak MB | exit | wall / ours | CPU / ours |{' failed |' if extra else ''}")
    print(f"|---|---|---|---|---|---|---|{'---|' if extra else ''}")
    for name, x in m.items():
        base = m[ours]
        print(f"| {name} | {x['wall']:.4g} | {x['cpu']:.4g} | {x['mb']:.0f} | {x['code']} | {x['wall'] / base['wall']:.2f} | "
              f"{x['cpu'] / base['cpu']:.2f} |" + (f" {extra.get(name, '')} |" if extra else ""))
    sys.stdout.flush()
    return {"title": title, "note": note, "medians": m, "walls": {n: [round(r["wall"], 5) for r in runs] for n, runs in found.items()}}


def machine():
    model = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()[0],
            "date": time.strftime("%Y-%m-%d")}


def keep(folder, name, rows, versions):
    path = pathlib.Path(folder) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": machine(), "versions": versions, "tables": rows}, indent=1) + "\n")
    print(f"\nkept in {path}")
