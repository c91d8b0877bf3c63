"""Kill a run with SIGKILL ten times, resume it each time, and compare the model with an uninterrupted run's.

    python -m benchmarks.resume [SEED]

prints one line for each kill. Two kills come while the process starts, eight up to two seconds after it has saved
training state, so that every resumed run goes on from another epoch.
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
STARTING = 1, 6  # kills before the process has saved anything
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


def checkpoint_time(folder: Path) -> float:
    checkpoint = folder / "checkpoints" / "restart-0.safetensors"
    return checkpoint.stat().st_mtime if checkpoint.exists() else 0.0


def kill(command: list, folder: Path, seconds: float, *, starting: bool) -> bool:
    """Start a command and kill it some seconds after its start, or after it has saved its state; False if it ended."""
    process, before = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL), time.time()
    while not starting and process.poll() is None and checkpoint_time(folder) < before:
        time.sleep(0.01)
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
        print(f"uninterrupted: {seconds:.1f} s, sha256 {digest(whole)}\n\nkill                     epochs saved")
        epochs = []
        for number in range(1, KILLS + 1):
            starting, delay = number in STARTING, moments.uniform(0.0, 2.0)
            resume = ["--resume", killed] if (killed / "config.toml").exists() else [*RUN, "--out", killed]
            ended = "" if kill([*FIT, *resume], killed, delay, starting=starting) else "  (had ended)"
            epochs.append(epochs_done(killed))
            when = "from its start" if starting else "after it saved"
            print(f"{number:4d}  {delay:5.2f} s {when}  {epochs[-1]:12d}{ended}", flush=True)
        subprocess.run([*FIT, "--resume", killed], check=True, capture_output=True)
        same = digest(killed) == digest(whole)
        print(f"\nresumed to the end: sha256 {digest(killed)}, {'identical' if same else 'DIFFERENT'}")
        print(f"kills that found saved epochs: {sum(map(bool, epochs))} of {KILLS}")
    return 0 if same and len(set(epochs)) > KILLS // 2 else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
