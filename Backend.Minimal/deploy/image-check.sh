#!/usr/bin/env bash
# Runs the tree of image-root.sh as the container does: as its user, with nothing of this system in sight; asks /health; ends it.
# Without root there is no chroot: then the same program runs as whoever runs this, who is no root either.
set -euo pipefail
image=$1
port=${2:-5987}
program=(/app/jambox-backend)
if [ "$(id -u)" -eq 0 ]; then
  chown -R 10001:10001 "$image/data" "$image/tmp"
  # What every container is given: /proc and /dev; gone with the program, for the mounts are its own.
  mkdir -p "$image/proc" "$image/dev"
  run=(unshare --mount sh -c 'mount --bind /proc "$0/proc" && mount --bind /dev "$0/dev" && exec chroot --userspec=10001:10001 "$0" "$@"' "$image")
else
  run=() program=("$image/app/jambox-backend")
fi

data=$([ "$(id -u)" -eq 0 ] && echo /data || echo "$image/data")
cd "$image"
env -i PATH="$PATH" Urls="http://127.0.0.1:$port" Storage__Path="$data/jambox.db" TMPDIR=/tmp "${run[@]}" "${program[@]}" >"$image/../image.log" 2>&1 &
server=$!
trap 'kill -9 $server 2>/dev/null || true' EXIT
for _ in $(seq 100); do
  health=$(curl -fsS "http://127.0.0.1:$port/health" 2>/dev/null) && break
  kill -0 $server 2>/dev/null || break
  sleep 0.3
done

user=$(awk '/^Uid:/ { print $2 }' "/proc/$server/status" 2>/dev/null || echo gone)
kill -TERM $server 2>/dev/null || true
wait $server && code=0 || code=$?
mode=$(stat -c '%a' "$image/data/jambox.db" 2>/dev/null || echo none)
echo "health: ${health:-none}; user $user; exit code $code; jambox.db has mode $mode"
if [ -z "${health:-}" ] || [ "$user" = 0 ] || [ "$code" -ne 0 ] || [ "$mode" != 600 ]; then
  cat "$image/../image.log"
  exit 1
fi
