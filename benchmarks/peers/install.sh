#!/usr/bin/env bash
# Install the peers into a virtual environment of their own:
#     benchmarks/peers/install.sh benchmarks/.venv
# JAX has the version that constraints.txt gives elbax.
set -euo pipefail
environment=${1:?usage: install.sh FOLDER}
here="$(cd "$(dirname "$0")/../.." && pwd)"
python3 -m venv "$environment"
"$environment/bin/pip" install -q -c "$here/constraints.txt" jax optax 'keras==3.15.*' 'torch==2.13.0' 'pythae==0.1.2'
