"""Schemathesis tries the calls of two models with all its checks; the benchmark tries all of them longer."""

import shutil
import subprocess
import sys

import pytest

pytest.importorskip("schemathesis")
EXAMPLES = 2
CALLS = {
    "iris": "encode|reconstruct|score|sample|impute|complete|diagnose",  # numbers with a context
    "people": "encode",  # kinds, dates, spans and gaps
}


@pytest.mark.parametrize("name", CALLS)
def test_no_check_fails(models, serve, name, tmp_path):
    url = serve([models[name]]).url
    command = [shutil.which("st") or str(sys.executable).replace("python", "st"), "run", f"{url}/openapi.json"]
    command += ["--checks", "all", "--max-examples", str(EXAMPLES), "--phases", "coverage,fuzzing", "--no-color"]
    command += ["--include-path-regex", f"/models/{name}/({CALLS[name]})|/models/{name}$|/health|/models$|/ready"]
    command += ["--continue-on-failure", "--no-shrink", "--seed", "1", "--request-timeout", "90"]
    command += ["--generation-database", "none", "--max-response-time", "90"]  # the server compiles as it goes
    ended = subprocess.run(command, capture_output=True, text=True, timeout=900, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout[-20000:]
