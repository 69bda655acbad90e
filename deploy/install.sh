#!/bin/sh
# Installs the advisor from this bundle, with no network: sh install.sh [FOLDER]. It needs Python 3.11 of the same kind of machine as
# the bundle was made on, and takes /opt/advisor where no folder is named.
set -eu
here="$(cd "$(dirname "$0")" && pwd)"
into="${1:-/opt/advisor}"
(cd "$here" && sha256sum --check --quiet SHA256SUMS)
"${PYTHON:-python3}" -m venv "$into"
wheel="$(ls "$here"/wheelhouse/partnership_advisor-*.whl)"
"$into/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --find-links "$here/wheelhouse" \
  "$wheel[web,oidc,documents,postgres,mcp]"
"$into/bin/advisor" --version
