#!/bin/sh
# Makes the secrets that docker-compose.yml asks for, in .env beside it, readable by you alone. What is there already is kept:
# run it again after an update, and it adds what is new.
set -eu
cd "$(dirname "$0")/.."

umask 077
touch .env

random() {
  head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'
}

add() {
  grep -q "^$1=" .env || printf '%s=%s\n' "$1" "$2" >>.env
}

add MESH_KEY "$(random 32)"
add SECRET_KEY "$(random 32)"
add MARIADB_ROOT_PASSWORD "$(random 24)"
for service in AUTH CATALOG INVENTORY CART ORDER PAYMENT PROMOTION SHIPPING NOTIFICATION SCHEDULER; do
  add "${service}_DATABASE_PASSWORD" "$(random 24)"
done
# NATS reads a value that begins with a digit as a number.
add NATS_PASSWORD "n$(random 24)"
add REDIS_PASSWORD "$(random 24)"
add STORAGE_ACCESS_KEY "shopmesh"
add STORAGE_SECRET_KEY "$(random 24)"
add ELASTIC_PASSWORD "$(random 24)"
add CLICKHOUSE_PASSWORD "$(random 24)"
add GRAFANA_PASSWORD "$(random 12)"
add STRIPE_SECRET_KEY "sk_test_$(random 16)"
add STRIPE_WEBHOOK_SECRET "whsec_$(random 16)"
add PAYPAL_CLIENT_ID "$(random 12)"
add PAYPAL_CLIENT_SECRET "$(random 16)"
add PAYPAL_WEBHOOK_ID "$(random 8)"
add FEDEX_CLIENT_ID "$(random 12)"
add FEDEX_CLIENT_SECRET "$(random 16)"
add FEDEX_WEBHOOK_SECRET "$(random 16)"
add TWILIO_AUTH_TOKEN "$(random 16)"
add MAIL_WEBHOOK_SECRET "$(random 16)"
add UPS_CLIENT_ID "$(random 12)"
add UPS_CLIENT_SECRET "$(random 16)"
echo "secrets are in .env; now: docker compose up --detach --build"
