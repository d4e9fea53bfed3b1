#!/usr/bin/env bash
# Executes the notebooks headless. `--write` also writes their new outputs.
# The program is $SCLBENCH, else target/release/sclbench, else target/debug/sclbench, else on the PATH.
# Exit code 3: Python, pip, a package or the program is missing, so nothing was executed.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$here/../target
packages=$target/notebooks-python

if [ -n "${SCLBENCH:-}" ]; then
    SCLBENCH=$(realpath "$SCLBENCH")
else
    SCLBENCH=$(command -v sclbench || true)
    for built in "$target/debug/sclbench" "$target/release/sclbench"; do
        if [ -x "$built" ]; then SCLBENCH=$built; fi
    done
fi
if [ ! -x "${SCLBENCH:-}" ]; then
    echo 'notebooks: no sclbench; run `cargo build --release` first or set SCLBENCH' >&2
    exit 3
fi
export SCLBENCH

if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo 'notebooks: Python 3.11 or newer is needed (Debian: apt-get install python3)' >&2
    exit 3
fi
# Packages go under target/, without a virtual environment, which Debian packs apart.
# A newer list of requirements installs them again.
if ! cmp -s "$here/requirements.txt" "$packages/installed.txt"; then
    if ! python3 -m pip --version >/dev/null 2>&1; then
        echo 'notebooks: pip is needed (Debian: apt-get install python3-pip)' >&2
        exit 3
    fi
    rm -rf "$packages"
    mkdir -p "$packages"
    if ! python3 -m pip install --quiet --root-user-action=ignore --disable-pip-version-check \
        --no-deps --target "$packages" --requirement "$here/requirements.txt"; then
        echo 'notebooks: the packages of notebooks/requirements.txt could not be installed' >&2
        exit 3
    fi
    cp "$here/requirements.txt" "$packages/installed.txt"
fi
export PYTHONPATH=$packages PYTHONDONTWRITEBYTECODE=1 MPLCONFIGDIR=$packages/matplotlib
export IPYTHONDIR=$packages/ipython JUPYTER_PLATFORM_DIRS=1
# Kernels are looked for among the packages alone.
export JUPYTER_PATH=$packages/share/jupyter
exec python3 "$here/execute.py" "$@"
