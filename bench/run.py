"""Running contestants: whole processes, interleaved, page cache warm, medians; what is kept of them."""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

import tables


def once(words, limit=1800):
    """One process from start to end: wall and CPU seconds, peak MB (the kernel's figures, wait4), exit code, output.

    The peak is never told below that of the process that forks, this one: some 16 MB.
    """
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


SLOW = 20 # seconds


def interleaved(contestants, runs):
    """{name: [run, ...]} of {name: words}: one unmeasured run of each, then A B C A B C ...

    A peer whose first run takes longer than SLOW is measured by that run alone: ours come first, so the file is in the page cache by then.
    """
    found = {name: [] for name in contestants}
    slow = set()
    for name, words in contestants.items():
        first = once(words)
        if first["code"] not in (0, 1) and name.startswith("assay"):
            sys.exit(f"bench: {' '.join(map(str, words))}: exit code {first['code']}")
        if first["wall"] > SLOW and not name.startswith("assay"):
            slow.add(name)
            found[name].append(first)
    for _ in range(runs):
        for name, words in contestants.items():
            if name not in slow:
                found[name].append(once(words))
    return found


def medians(found):
    return {name: {k: statistics.median(r[k] for r in runs) for k in ("wall", "cpu", "mb", "load")} | {"code": runs[-1]["code"]}
            for name, runs in found.items() if runs}


def pairs(found, base):
    """Ratios within each round, where both ran one after the other: {name: {wall: [least, median, most], cpu: ...}}."""
    out = {}
    for name, runs in found.items():
        out[name] = {}
        for what in ("wall", "cpu"):
            ratios = sorted(r[what] / b[what] for r, b in zip(runs, found[base]))
            out[name][what] = [ratios[0], statistics.median(ratios), ratios[-1]]
    return out


def table(title, found, base, note="", said=None, agrees=True, unit=None, floors=None):
    """Prints a table and returns what is kept of it. `said`: {name: text} of a last column; `unit`: (word, how many) each second is divided by;
    `floors`: makes what stands below it of the row (floors.py)."""
    row = {"title": title, "note": note, "base": base, "medians": medians(found), "pairs": pairs(found, base), "said": said, "agrees": agrees,
           "unit": unit, "walls": {n: [round(r["wall"], 5) for r in runs] for n, runs in found.items()}}
    if floors:
        row["floors"] = floors(row)
    print("\n".join(tables.markdown(row)))
    sys.stdout.flush()
    return row


def machine():
    model = ""
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cores": os.cpu_count(), "kernel": platform.release(), "load": os.getloadavg()[0],
            "date": time.strftime("%Y-%m-%d")}


def keep(folder, name, rows, versions, runs):
    path = pathlib.Path(folder) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"part": name, "machine": machine(), "versions": versions, "runs": runs, "tables": rows}, indent=1) + "\n")
    print(f"\nkept in {path}")
