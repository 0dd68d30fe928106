#!/bin/sh
# Asks whether a weakness is known of anything that is locked: pip-audit about Python's packages, npm about what pages
# load. It needs a network that reaches PyPI and npm, and its result is of today: run it before each release.
#
#   sh deploy/audit.sh      # or: make audit
#
# 0: none is known; 1: some are, and are listed; 2: it could not be asked about all of it.
set -u
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3.11}
PIP_AUDIT=2.10.1
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
result=0

lacking() {
  echo "Not audited: $1" >&2
  result=2
}
known() { if [ "$result" = 0 ]; then result=1; fi; }

if ! { "$PYTHON" -m venv "$place/venv" && "$place/venv/bin/pip" install -q --disable-pip-version-check "pip-audit==$PIP_AUDIT"; } >"$place/said" 2>&1
then
  tail -n 1 "$place/said" >&2
  lacking "Python's packages. pip-audit $PIP_AUDIT could not be installed: it needs a network that reaches PyPI."
else
  for lock in requirements.lock deploy/requirements.lock fonts.lock; do
    "$place/venv/bin/pip-audit" --disable-pip --require-hashes --progress-spinner off -r "$lock" -f json -o "$place/found" \
      >"$place/said" 2>&1
    # What it could not ask about it leaves out, and is content: so its list is read, not its exit code.
    "$place/venv/bin/python" - "$lock" "$place/found" "$(tail -n 1 "$place/said")" <<'READ'
import json, sys
lock, found, said = sys.argv[1:]
try:
    packages = json.load(open(found))["dependencies"]
except (OSError, ValueError):
    sys.exit(f"Not audited: {lock}. pip-audit ended with: {said}")
weak = 0
for package in packages:
    for weakness in package.get("vulns", ()):
        weak += 1
        mended = ", ".join(weakness["fix_versions"]) or "no version yet"
        print(f"{lock}: {package['name']} {package['version']}: {weakness['id']}, mended by {mended}")
skipped = [package["name"] for package in packages if "skip_reason" in package]
if skipped or not packages:
    sys.exit(
        f"Not audited: {len(skipped)} of {len(packages)} packages of {lock}, {', '.join(skipped[:3])} among them. "
        "The advisories of pypi.org do not answer: run this where they are reached."
    )
print(f"{lock}: {len(packages)} packages, {weak} known weaknesses.")
sys.exit(3 if weak else 0)
READ
    case $? in 0) ;; 3) known ;; *) result=2 ;; esac
    rm -f "$place/found"
  done
fi

if ! command -v npm >/dev/null; then
  lacking "what pages load in a browser. There is no npm."
else
  npm audit --package-lock-only --json >"$place/npm" 2>"$place/said"
  found=$?
  if [ "$found" = 0 ]; then
    echo "package-lock.json: no weakness is known."
  elif grep -q '"vulnerabilities": {' "$place/npm"; then
    npm audit --package-lock-only
    known
  else
    head -n 2 "$place/said" >&2
    lacking "package-lock.json. The advisories of npm do not answer: run this where they are reached."
  fi
fi
exit "$result"
