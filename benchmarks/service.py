"""`elbax serve` under load, beside MLflow's scoring server with the same model.

    python -m benchmarks.service [--seconds 10] [--connections 32] [--requests 100000] [--examples 50]

Needs `wrk`, which is a package of most systems, and `elbax[serve,trackers]`. A model of a mixed table (six columns of
six kinds, 400 rows) encodes single rows and 100 rows at a time. The highest rate is that of connections that each send
the next request when they have an answer; latencies at half of it are those of connections that pause in between. Both
servers, the client and other work share the processors, so that requests per second of a server's processor time are
reported too: they hardly depend on what else runs. Then single rows go on up to the number of requests, for the
server's memory, and schemathesis tries every call with all checks. Writes benchmarks/results/service.json.
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

import numpy as np
import pandas as pd

import elbax
from benchmarks.machine import describe_machine

__all__ = ["main"]

RESULTS = Path(__file__).parent / "results"
ROWS = (1, 100)
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
    command += ["--max-examples", str(examples), "--continue-on-failure", "--request-timeout", "60"]
    ended = subprocess.run(command, capture_output=True, text=True)
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


def main(arguments: list[str] | None = None) -> None:
    """Measure both servers and write the result."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="of each run of wrk")
    parser.add_argument("--connections", type=int, default=32)
    parser.add_argument("--requests", type=int, default=100_000, help="for memory")
    parser.add_argument("--examples", type=int, default=50, help="of schemathesis for each call; 0 for none")
    parser.add_argument("--output", type=Path, default=RESULTS)
    options = parser.parse_args(arguments)
    if shutil.which("wrk") is None:
        raise SystemExit("benchmarks.service needs wrk, which is a package of most systems")
    from elbax.service.mlflow_model import save_mlflow

    results: dict = {"machine": describe_machine(), "load_average": os.getloadavg(), "connections": options.connections}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        table = people()
        vae = elbax.VAE(epochs=20, random_state=0, verbose=0).fit(table)
        vae.save(folder / "people")
        save_mlflow(vae, folder / "mlflow")
        rows = json.loads(table.assign(joined=table.joined.dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_json(orient="records"))
        common = (options.seconds, options.connections)
        with serving(mlflow_command(folder / "mlflow", 8765), "http://127.0.0.1:8765/ping") as pid:
            bodies = write_bodies(folder, rows, "dataframe_records")
            results["mlflow"] = under_load("http://127.0.0.1:8765/invocations", pid, bodies, *common)
        ours = ["-m", "elbax", "serve", str(folder / "people"), "--port", "8766"]
        with serving(ours, "http://127.0.0.1:8766/ready") as pid:
            bodies, url = write_bodies(folder, rows, "rows"), "http://127.0.0.1:8766"
            results["elbax"] = under_load(f"{url}/models/people/encode", pid, bodies, *common)
            encode = f"{url}/models/people/encode"
            results["resident_mib"] = memory(encode, pid, bodies[1], options.requests, options.connections)
            if options.examples:
                results["schemathesis"] = fuzz(url, options.examples)
    results["ratio"] = {
        n: {key: round(results["elbax"][n]["highest"][key] / results["mlflow"][n]["highest"][key], 2) for key in RATES}
        for n in results["elbax"]
    }
    (options.output / "service.json").write_text(json.dumps(results, indent=2) + "\n")
    print(json.dumps(results, indent=2))


RATES = ("per_second", "per_processor_second")

if __name__ == "__main__":
    main()
