"""Kill a run with SIGKILL ten times, resume it each time, and compare the model with an uninterrupted run's.

    python -m benchmarks.resume [SEED]

prints one line for each kill. Delays are random, from the start of the process: some fall into imports and
compilation, most into training.
"""

import random
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

from safetensors import safe_open

KILLS = 10
FIT = [sys.executable, "-c", "from elbax.cli import main; main()", "fit"]
RUN = [
    *("digits", "--epochs", "2000", "--hidden", "256", "--batch-size", "16", "--patience", "0"),
    *("--checkpoint-seconds", "0.2", "--no-report"),
]


def digest(folder: Path) -> str:
    return sha256((folder / "model.safetensors").read_bytes()).hexdigest()[:16]


def epochs_done(folder: Path) -> int:
    checkpoint = folder / "checkpoints" / "restart-0.safetensors"
    if not checkpoint.exists():
        return 0
    with safe_open(checkpoint, "numpy") as stored:
        return stored.get_slice("['history']").get_shape()[0]


def killed_after(seconds: float, command: list) -> bool:
    """Start a command and kill it after some seconds; False if it ended before."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def main(seed: int) -> int:
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as root:
        whole, killed = Path(root, "whole"), Path(root, "killed")
        start = time.monotonic()
        subprocess.run([*FIT, *RUN, "--out", whole], check=True, capture_output=True)
        seconds = time.monotonic() - start
        print(f"uninterrupted: {seconds:.1f} s, sha256 {digest(whole)}\n\nkill  after (s)  epochs saved")
        for kill in range(1, KILLS + 1):
            delay = moments.uniform(0.05, 0.22) * seconds
            resume = ["--resume", killed] if (killed / "config.toml").exists() else [*RUN, "--out", killed]
            ended = "" if killed_after(delay, [*FIT, *resume]) else "  (had ended)"
            print(f"{kill:4d}  {delay:9.2f}  {epochs_done(killed):12d}{ended}", flush=True)
        subprocess.run([*FIT, "--resume", killed], check=True, capture_output=True)
        same = digest(killed) == digest(whole)
        print(f"\nresumed to the end: sha256 {digest(killed)}, {'identical' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
