#!/bin/sh
# Makes the file tree of the container image: the program with its runtime, and what of the system it needs. The gate makes the same tree
# and runs it as the image does, see image-check.sh.
set -eu
image=$1
repository=$(cd "$(dirname "$0")/../.." && pwd)
case $(uname -m) in
  x86_64) runtime=linux-x64 ;;
  aarch64) runtime=linux-arm64 ;;
  *) echo "no runtime for $(uname -m)" >&2; exit 1 ;;
esac

mkdir -p "$image/app" "$image/data" "$image/tmp" "$image/etc/ssl/certs"
dotnet publish "$repository/Backend.Minimal" -c Release -r "$runtime" --self-contained -p:DebugType=none -o "$image/app" -v q --nologo

# What the files say that they need, and what the runtime looks for by name: OpenSSL.
{
  ldd "$image/app/jambox-backend" "$image"/app/*.so
  ldconfig -p | grep -E '(libssl|libcrypto)\.so\.3 '
} | grep -oE '/[^ ]+\.so[^ ]*' | grep -v "^$image" | sort -u | while read -r library; do
  [ -f "$library" ] && cp -L --parents "$library" "$image"
done

cp -L /etc/ssl/certs/ca-certificates.crt "$image/etc/ssl/certs/" 2>/dev/null || echo "no certificates here: the image will believe no TLS server" >&2
echo 'jambox:x:10001:10001::/data:/sbin/nologin' >"$image/etc/passwd"
echo 'jambox:x:10001:' >"$image/etc/group"
