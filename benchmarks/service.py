"""`elbax serve` under load, beside MLflow's scoring server with the same model.

    python -m benchmarks.service [--seconds 10] [--connections 32] [--requests 100000] [--examples 50] [--only fuzz]

Needs `wrk`, which is a package of most systems, and `elbax[serve,trackers]`. A model of a mixed table (six columns of
six kinds, 400 rows) encodes single rows and 100 rows at a time. The highest rate is that of connections that each send
the next request when they have an answer; latencies at half of it are those of connections that pause in between. Both
servers, the client and other work share the processors, so that requests per second of a server's processor time are
reported too: they hardly depend on what else runs. Then single rows go on up to the number of requests, for the
server's memory, and schemathesis tries every call with all checks. Writes benchmarks/results/service.json; `--only`
measures some parts again and keeps the others in that file.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import elbax
from benchmarks.machine import describe_machine

__all__ = ["main"]

RESULTS = Path(__file__).parent / "results"
ROWS = (1, 100)
PARTS = ("load", "memory", "fuzz")
SCRIPT = """
wrk.method, wrk.headers["Content-Type"] = "POST", "application/json"
wrk.body = io.open("{body}"):read("*a")
local pause = {pause}
function delay() return pause == 0 and 0 or math.random(0, 2 * pause) end
function done(summary, latency, requests)
  io.write(string.format("RESULT %d %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99),
    summary.errors.status, summary.errors.connect + summary.errors.read + summary.errors.timeout))
end
"""


def people(n: int = 400) -> pd.DataFrame:
    """A mixed table with gaps."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "sex": rng.choice(["F", "M"], n),
            "age": rng.integers(18, 80, n),
            "income": np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2, 900, n)).round(2),
            "smokes": rng.random(n) < 0.3,
            "height": rng.normal(1.7, 0.1, n),
            "joined": pd.Timestamp("2021-03-01") + pd.to_timedelta(rng.integers(0, 900, n), "D"),
        }
    )
    frame.loc[rng.choice(n, n // 10, replace=False), "income"] = np.nan
    return frame


@contextmanager
def serving(command: list[str], ready: str) -> Iterator[int]:
    """Run a server until the block ends; gives its process id once a path answers."""
    environment = os.environ | {"JAX_PLATFORMS": "cpu", "MLFLOW_DISABLE_TELEMETRY": "true"}
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *command], env=environment, stdout=log, stderr=log)
        try:
            wait_for(ready, process)
            yield process.pid
        finally:
            process.terminate()
            process.wait(60)


def wait_for(url: str, process: subprocess.Popen, seconds: float = 900) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).read()
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"{url} did not answer")


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def load(url: str, body: Path, pid: int, seconds: float, connections: int, pause_ms: int = 0) -> dict:
    """One run of wrk: rate, latencies in ms, errors, and the server's processor time."""
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(SCRIPT.format(body=body, pause=pause_ms))
        script.flush()
        before = processor_seconds(pid)
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s", "-s", script.name, url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        used = processor_seconds(pid) - before
    count, microseconds, median, high, refused, broken = map(int, re.search(r"RESULT (.*)", text)[1].split())
    return {
        "requests": count,
        "per_second": round(count / (microseconds / 1e6), 1),
        "per_processor_second": round(count / used, 1) if used else None,
        "p50_ms": median / 1000,
        "p99_ms": high / 1000,
        "errors": refused + broken,
    }


def under_load(url: str, pid: int, bodies: dict[int, Path], seconds: float, connections: int) -> dict:
    """Highest rate, and latencies at half of it, for each number of rows."""
    results = {}
    for n, body in bodies.items():
        load(url, body, pid, min(2.0, seconds), connections)  # warm
        highest = load(url, body, pid, seconds, connections)
        pause = max(1, round(2000 * connections / highest["per_second"] - highest["p50_ms"] / 4))
        results[f"{n} rows"] = {"highest": highest, "half": load(url, body, pid, seconds, connections, pause)}
    return results


def memory(url: str, pid: int, body: Path, requests: int, connections: int) -> dict[int, float]:
    """Resident memory after a tenth, two tenths, … of the requests, MiB."""
    done, found = 0, {}
    while done < requests:
        done += load(url, body, pid, 5.0, connections)["requests"]
        found[done] = round(resident_mib(pid), 1)
    return {n: mib for i, (n, mib) in enumerate(found.items()) if i % max(1, len(found) // 10) == 0 or n == done}


def fuzz(url: str, examples: int) -> dict:
    """Schemathesis with all checks: what it says at its end."""
    command = [shutil.which("st") or "st", "run", f"{url}/openapi.json", "--checks", "all", "--no-color"]
    command += ["--max-examples", str(examples), "--continue-on-failure", "--request-timeout", "60", "--seed", "1"]
    command += ["--generation-database", "none", "--max-response-time", "90"]  # the server compiles as it goes
    with tempfile.TemporaryDirectory() as folder:
        ended = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if ended.returncode:
        print(ended.stdout, file=sys.stderr)
    return {"exit_code": ended.returncode, "summary": ended.stdout.strip().splitlines()[-12:]}


def mlflow_command(folder: Path, port: int) -> list[str]:
    code = (
        "import mlflow.pyfunc, uvicorn; from mlflow.pyfunc import scoring_server as s; "
        f"uvicorn.run(s.init(mlflow.pyfunc.load_model({str(folder)!r})), port={port}, log_level='warning')"
    )
    return ["-c", code]


def write_bodies(folder: Path, rows: list[dict], form: str) -> dict[int, Path]:
    bodies = {}
    for n in ROWS:
        bodies[n] = folder / f"{form}-{n}.json"
        bodies[n].write_text(json.dumps({form: rows[:n]}))
    return bodies


def measure(folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, Any]]:
    """Parts of the result, each as soon as it is there."""
    from elbax.service.mlflow_model import save_mlflow

    table = people()
    vae = elbax.VAE(epochs=20, random_state=0, verbose=0).fit(table)
    vae.save(folder / "people")
    rows = json.loads(table.assign(joined=table.joined.dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_json(orient="records"))
    common = (options.seconds, options.connections)
    if "load" in options.only:
        save_mlflow(vae, folder / "mlflow")
        local = [row | {"joined": row["joined"].removesuffix("Z")} for row in rows]  # MLflow's dates have no zone
        bodies = write_bodies(folder, local, "dataframe_records")
        with serving(mlflow_command(folder / "mlflow", 8765), "http://127.0.0.1:8765/ping") as pid:
            yield "mlflow", under_load("http://127.0.0.1:8765/invocations", pid, bodies, *common)
    bodies, url = write_bodies(folder, rows, "rows"), "http://127.0.0.1:8766"
    encode = f"{url}/models/people/encode"
    with serving(["-m", "elbax", "serve", str(folder / "people"), "--port", "8766"], f"{url}/ready") as pid:
        if "load" in options.only:
            yield "elbax", under_load(encode, pid, bodies, *common)
        if "memory" in options.only:
            yield "resident_mib", memory(encode, pid, bodies[1], options.requests, options.connections)
        if "fuzz" in options.only:
            yield "schemathesis", fuzz(url, options.examples)


def ratios(results: dict) -> dict:
    """How many times MLflow's rate, by the clock and by the server's processor time."""
    return {
        n: {
            key: round(results["elbax"][n]["highest"][key] / results["mlflow"][n]["highest"][key], 2)
            for key in ("per_second", "per_processor_second")
        }
        for n in (f"{count} rows" for count in ROWS)
    }


def main(arguments: list[str] | None = None) -> None:
    """Measure both servers and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run of wrk")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--requests", type=int, default=100_000, help="for memory")
    parser.add_argument("--examples", type=int, default=50, help="of schemathesis for each call")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="parts to measure")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        raise SystemExit("benchmarks.service needs wrk, which is a package of most systems")
    options.output.mkdir(parents=True, exist_ok=True)
    file = options.output / "service.json"
    results: dict = json.loads(file.read_text()) if file.exists() and set(options.only) < set(PARTS) else {}
    results |= {"machine": describe_machine(), "connections": options.connections}
    with tempfile.TemporaryDirectory() as name:
        for part, found in measure(Path(name), options):
            results[part] = found if part == "resident_mib" else found | {"load_average": os.getloadavg()[0]}
            print(part, json.dumps(results[part]), flush=True)
    for server in ("mlflow", "elbax") if "load" in options.only else ():
        for n, found in results[server].items():
            if n != "load_average" and any(rate["errors"] for rate in found.values()):
                raise SystemExit(f"{server} answered {n} with errors; a rate of errors is none")
    if "load" in options.only:
        results["ratio"] = ratios(results)
        print("ratio", json.dumps(results["ratio"]))
    file.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
