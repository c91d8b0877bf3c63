"""Kill a run with SIGKILL ten times, resume it each time, and compare the model with an uninterrupted run's.

Run it with ``python benchmarks/resume.py [SEED]``; it prints one line for each kill.
"""

import random
import subprocess
import sys
import tempfile
import time
from hashlib import sha256
from pathlib import Path

KILLS = 10
FIT = [sys.executable, "-c", "from elbax.cli import main; main()", "fit"]
RUN = [
    *("digits", "--epochs", "200", "--hidden", "32", "--batch-size", "8", "--patience", "0"),
    *("--checkpoint-seconds", "0.2", "--no-report"),
]


def digest(folder: Path) -> str:
    return sha256((folder / "model.safetensors").read_bytes()).hexdigest()


def epochs_done(checkpoint: Path) -> int:
    from safetensors import safe_open

    if not checkpoint.exists():
        return 0
    with safe_open(checkpoint, "numpy") as stored:
        return stored.get_slice("['history']").get_shape()[0]


def main(seed: int) -> int:
    moments = random.Random(seed)
    with tempfile.TemporaryDirectory() as root:
        whole, killed = Path(root, "whole"), Path(root, "killed")
        start = time.monotonic()
        subprocess.run([*FIT, *RUN, "--out", whole], check=True, capture_output=True)
        seconds = time.monotonic() - start
        print(f"uninterrupted: {seconds:.1f} s, sha256 {digest(whole)[:16]}\n")
        print("kill  after (s)  epochs saved")
        command = [*FIT, *RUN, "--out", killed]
        for kill in range(1, KILLS + 1):
            delay = moments.uniform(0, 1.5 * seconds)
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                process.wait(delay)
                ended = " (had ended)"
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                ended = ""
            print(
                f"{kill:4d}  {delay:9.2f}  {epochs_done(killed / 'checkpoints/restart-0.safetensors'):12d}{ended}"
            )
            command = [*FIT, "--resume", killed] if (killed / "config.toml").exists() else command
        subprocess.run(command, check=True, capture_output=True)
        same = digest(killed) == digest(whole)
        print(f"\nresumed to the end: sha256 {digest(killed)[:16]}, {'identical' if same else 'DIFFERENT'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 0))
