#!/bin/sh
# Makes the secrets of a deployment that can be made, each in a file of its own, and keeps those that are there.
#
#   sh deploy/secrets.sh [FOLDER]        # default: ./secrets, which compose reads
#
# The folder is its owner's alone. The files can be read by all, because each container reads those that it is
# given under a user of its own. What only the issuer knows stays to be put in: oidc_client_secret.
set -eu
umask 022
folder=${1:-secrets}
mkdir -p "$folder/checkpoint-keys"
chmod 700 "$folder"
cd "$folder"

missing() { [ ! -s "$1" ]; }

for user in root backup registry audits training kpi; do
  if missing "mongo_$user"; then openssl rand -hex 24 > "mongo_$user"; fi
done
# Without a newline: the broker reads that of its administrator as it is.
for user in admin setup registry audits training kpi; do
  if missing "kafka_$user"; then openssl rand -hex 24 | tr -d '\n' > "kafka_$user"; fi
done
if missing mongo_key; then openssl rand -base64 756 > mongo_key; fi
if missing grafana_admin; then openssl rand -hex 16 > grafana_admin; fi
# Wraps the key of each person. Keep a copy where no backup of the database is: without it nobody can be read.
if missing person_master_key; then openssl rand -base64 32 > person_master_key; fi
# What the services show to each other; its hash stands among the keys of machines.
if missing service_api_key; then openssl rand -hex 32 > service_api_key; fi
if missing api_keys; then
  hash=$(tr -d '\n' < service_api_key | openssl dgst -sha256 -r | cut -d' ' -f1)
  printf '[{"name": "services", "roles": ["inspector"], "sha256": "%s"}]\n' "$hash" > api_keys
fi
# Signs checkpoints. Next year: another file, and the link led to it.
if [ ! -e checkpoint-keys/current ]; then
  year=$(date +%Y)
  openssl genpkey -algorithm ed25519 -out "checkpoint-keys/$year.pem"
  chmod 644 "checkpoint-keys/$year.pem"
  ln -s "$year.pem" checkpoint-keys/current
fi
# Until there is one of an authority that browsers know.
if missing tls_certificate; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 90 -subj "/CN=${SXSH_HOST:-localhost}" \
    -addext "subjectAltName=DNS:${SXSH_HOST:-localhost}" -keyout tls_key -out tls_certificate 2>/dev/null
  chmod 644 tls_key
  echo "tls_certificate is signed by itself: put the one of your authority in its place, and tls_key beside it."
fi
# Where alerts are sent, at once and as tickets. An empty one calls nobody.
for severity in page ticket; do
  if missing "alerts_${severity}_url"; then
    : > "alerts_${severity}_url"
    echo "alerts_${severity}_url is empty, so nobody is told: put the address of a webhook into $PWD/alerts_${severity}_url."
  fi
done
if missing oidc_client_secret; then
  echo "oidc_client_secret is missing: put into $PWD/oidc_client_secret what the issuer gave the client of the pages."
fi
