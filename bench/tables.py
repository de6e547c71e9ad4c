#!/usr/bin/env python3
"""Markdown of the benchmarks: tables.py [RESULTS...] prints what docs/benchmarks.md shows of bench/results/*.json."""
import json
import pathlib
import sys

ORDER = ("suite", "checks", "csv", "tpch", "drift", "memory", "growth", "hive")


def ratio(three):
    least, median, most = three
    return f"{median:.2f}" if most - least < 0.005 else f"{median:.2f} ({least:.2f}-{most:.2f})"


def markdown(row):
    """Lines of one table. A ratio is the median of the rounds' ratios, with the least and the most of them."""
    m, said, unit = row["medians"], row.get("said"), row.get("unit")
    lines = ["", f"### {row['title']}", ""]
    if row.get("note"):
        lines += [row["note"], ""]
    if not row.get("agrees", True):
        lines += ["**The answers differ.**", ""]
    lines.append(f"| | wall s | CPU s | peak MB | wall / {row['base']} | CPU / {row['base']} |" + (f" ns / {unit[0]} |" if unit else "") +
                 (" said |" if said else ""))
    lines.append("|---|---|---|---|---|---|" + ("---|" if unit else "") + ("---|" if said else ""))
    for name, x in m.items():
        p = row["pairs"][name]
        lines.append(f"| {name} | {x['wall']:.4g} | {x['cpu']:.4g} | {x['mb']:.0f} | {ratio(p['wall'])} | {ratio(p['cpu'])} |" +
                     (f" {1e9 * x['cpu'] / unit[1].get(name, unit[1].get('*')):.3g} |" if unit else "") +
                     (f" {said.get(name, '')} |" if said else ""))
    if row.get("floors"):
        lines += ["", "| efficiency of | floor | floor s | wall s | floor / wall | the floor is |", "|---|---|---|---|---|---|"]
        lines += [f"| {f['name']} | {f['floor']} | {f['seconds']:.3g} | {f['measured']:.4g} | {f['efficiency']:.2f} | {f['why']} |" for f in row["floors"]]
    return lines


def part(path):
    kept = json.loads(path.read_text())
    machine, versions = kept["machine"], kept["versions"]
    loads = [x["load"] for row in kept["tables"] for x in row["medians"].values()]
    lines = ["", f"## {kept['part']}", "",
             f"{machine['date']}, {machine['cpu']}, {machine['cores']} cores, Linux {machine['kernel']}, load average {min(loads):.1f} to {max(loads):.1f}, "
             f"at most {kept['runs']} interleaved runs; " + ", ".join(f"{k} {v.removeprefix(k + ' ')}" for k, v in versions.items()) + "."]
    for row in kept["tables"]:
        lines += markdown(row)
    return lines


def main():
    default = pathlib.Path(__file__).resolve().parent / "results"
    paths = [pathlib.Path(p) for p in sys.argv[1:]] or [default]
    files = [f for p in paths for f in (sorted(p.glob("*.json")) if p.is_dir() else [p])]
    if not files:
        sys.exit(f"tables: no results in {' '.join(map(str, paths))}; bench.py --results makes them")
    files.sort(key=lambda f: (ORDER.index(f.stem) if f.stem in ORDER else len(ORDER), f.stem))
    for f in files:
        print("\n".join(part(f)))


if __name__ == "__main__":
    main()
