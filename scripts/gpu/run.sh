#!/bin/sh
# ./run.sh [all|cases|sanitizer|bench]... : everything that needs a real GPU, in one go. Results go to
# $ANACRUSIS_OUT (default: results/<date>); copy them back and see README.md for what to do with them.
set -u
cd "$(dirname "$0")" || exit 2
out=${ANACRUSIS_OUT:-results/$(date -u +%Y%m%dT%H%M%SZ)}
mkdir -p "$out" || exit 2
ANACRUSIS_COMMIT=$(cat commit)
ANACRUSIS_BENCH_RECORDS=$out/records.jsonl
export ANACRUSIS_COMMIT ANACRUSIS_BENCH_RECORDS
failed=0

stage() {
  name=$1
  shift
  echo "== $name"
  start=$(date +%s)
  "$@" 2>&1 | tee "$out/$name.log"
  # tee hides the exit code of what it reads from
  verdict=$(cat "$out/$name.rc" 2>/dev/null || echo 1)
  echo "== $name: exit $verdict, $(($(date +%s) - start)) s"
  [ "$verdict" = 0 ] || failed=1
}

# keep <name> command...: runs it and leaves its exit code in <name>.rc
keep() {
  name=$1
  shift
  "$@"
  echo $? >"$out/$name.rc"
}

cases() {
  stage doctor keep doctor ./node node_modules/@anacrusis/cli/dist/main.js doctor
  stage op-cases keep op-cases ./node op-cases.mjs --out "$out/op-cases.jsonl"
  # The kernels for 9.0 that are off by default; elsewhere this runs the portable ones again.
  stage attention-sm90 keep attention-sm90 env ANACRUSIS_ATTENTION_SM90=1 \
    ./node op-cases.mjs --op attention_metrics --out "$out/attention-sm90.jsonl"
}

sanitizer() {
  tool=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | tail -1)
  if [ -z "$tool" ]; then
    echo "== sanitizer: skipped, compute-sanitizer is not installed here"
    return
  fi
  for check in memcheck racecheck initcheck synccheck; do
    stage "$check" keep "$check" "$tool" --tool "$check" --error-exitcode 9 --target-processes all \
      ./node op-cases.mjs --small --out "$out/$check.jsonl"
  done
}

bench() {
  # shellcheck disable=SC2086 # a list of families
  stage bench keep bench ./node bench/main.mjs --gpu ${ANACRUSIS_BENCH_FAMILIES-} --reports "$out/reports"
}

for part in "${@:-all}"; do
  case $part in
    all) cases; sanitizer; bench ;;
    cases | sanitizer | bench) "$part" ;;
    *) echo "usage: ./run.sh [all|cases|sanitizer|bench]..." >&2; exit 2 ;;
  esac
done
rm -f "$out"/*.rc
echo "results: $out"
exit $failed
