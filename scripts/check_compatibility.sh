#!/usr/bin/env bash
# Runs the test suite in environments of its own: the newest dependencies on each Python that is named (or 3.11 3.12
# 3.13), then the oldest that pyproject.toml allows on 3.11. Needs uv. FOLDER holds the environments and logs.
#   scripts/check_compatibility.sh FOLDER [PYTHON ...]
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=${1:?name a folder for the environments}
shift
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)

# Slow, or about programs beside Python: a browser, Jupyter, Dask, matplotlib.
skipped=()
for name in browser notebook cluster plots docs; do skipped+=(--ignore "$root/tests/test_$name.py"); done

check() { # NAME PYTHON OPTION...
  local name=$1 python=$2
  shift 2
  uv venv -q --clear --python "$python" "$folder/$name"
  uv pip install -q --python "$folder/$name/bin/python" "$@" -e "$root[test]"
  (cd "$root" && nice -n 10 "$folder/$name/bin/python" -m pytest -p no:cacheprovider "${skipped[@]}") \
    >"$folder/$name.log" 2>&1 || true
  echo "$name: $(tail -n 1 "$folder/$name.log")"
}

for version in "${@:-3.11 3.12 3.13}"; do
  # shellcheck disable=SC2086  (the default is three words)
  for each in $version; do check "newest-$each" "$each"; done
done
# Transitive ones are the newest: pyparsing 3.3 warns of what matplotlib before 3.10.8 calls.
check oldest 3.11 --resolution lowest-direct "pyparsing<3.3"
