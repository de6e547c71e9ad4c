"""Efficiency: what the machine needs at least, divided by what was measured. 1 would be a program that does nothing else.

Two floors, and no number without the name of its own:

  codec (or read, where nothing is packed)
                by `assay probe`, run right before and right after the rounds (the faster of both counts): the longer of reading the bytes that our
                report says were read and of unpacking those that it says were unpacked, on all cores together. It knows nothing of what is then done
                with the values, so it is what no program that decodes these columns gets below, and not what one could reach.
  hand-written  the whole work of the thirteen checks by loops made for this file (../shared/bench/limits, two threads, 10 million rows; the
                sum stands in ../shared/bench/RESULTS.md, "Physical limits"). Measured once, on another day, on a machine of the same kind: it
                does not follow the mood of this one. It takes not_null and freshness from the footer, so it is held against runs that may as well.
"""
import json
import os
import subprocess

HAND_WRITTEN = {("zstd", "10m"): 0.7, ("csv", "10m"): 0.8}


def probe(assay):
    """{floor: bytes a second of all cores}"""
    out = subprocess.run([assay, "probe", "--output", "json"], capture_output=True, check=True).stdout
    return {f["name"]: f["bytes_per_second_all_threads"] for f in json.loads(out)["floors"] if "bytes_per_second_all_threads" in f}


def of_probe(run, rates, kind):
    """(seconds, why) of the bytes in a report's `run`."""
    read = run["bytes_read"] / rates["read"]
    why = f"{run['bytes_read'] / 1e6:.0f} MB read at {rates['read'] / 1e9:.1f} GB/s"
    if kind not in rates or not run["bytes_decompressed"]:
        return read, why
    unpacked = run["bytes_decompressed"] / rates[kind]
    why += f" or {run['bytes_decompressed'] / 1e6:.0f} MB of {kind} unpacked at {rates[kind] / 1e9:.2f} GB/s, whichever is longer"
    return max(read, unpacked), why


def efficiencies(row, found, before, after, kind, size):
    """What tables.py prints below a table: [{name, floor, why, seconds, measured, efficiency}]."""
    rates = {name: max(rate, after[name]) for name, rate in before.items()}
    kept = []
    for name in (n for n in found if n.startswith("assay")):
        measured = row["medians"][name]["wall"]
        seconds, why = of_probe(json.loads(found[name][-1]["out"])["run"], rates, kind)
        floors = [("codec" if kind in rates else "read", why, seconds)]
        if name == "assay" and (kind, size) in HAND_WRITTEN and os.cpu_count() == 2:
            floors.append(("hand-written", "loops for these checks and this file, measured on another day", HAND_WRITTEN[kind, size]))
        kept += [{"name": name, "floor": f, "why": w, "seconds": s, "measured": measured, "efficiency": s / measured} for f, w, s in floors]
    return kept
