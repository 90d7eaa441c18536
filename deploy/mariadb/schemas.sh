#!/bin/sh
# A schema and a user for each service named in SERVICES; the user has every right in that schema and none elsewhere.
# Its password is in <NAME>_DATABASE_PASSWORD. Repeatable: run at each start, it adds what a new service needs.
# Takes DATABASE_HOST, DATABASE_PORT and, in MYSQL_PWD, the password of DATABASE_USER.
set -eu

statements() {
  for service in $SERVICES; do
    name=$(printf %s "$service" | tr - _)
    variable=$(printf %s_DATABASE_PASSWORD "$name" | tr '[:lower:]' '[:upper:]')
    eval "password=\${$variable:-}"
    case $password in
      '' | *[!A-Za-z0-9_-]*)
        echo "schemas: $variable must be set, to letters, digits, _ and - only" >&2
        return 1
        ;;
    esac
    schema=shop_$name
    # An underscore in a GRANT is a wildcard: shop_order must not reach shopXorder.
    pattern=$(printf %s "$schema" | sed 's/_/\\_/g')
    cat <<SQL
CREATE DATABASE IF NOT EXISTS \`$schema\` CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
CREATE USER IF NOT EXISTS '$schema'@'%';
ALTER USER '$schema'@'%' IDENTIFIED BY '$password';
GRANT ALL PRIVILEGES ON \`$pattern\`.* TO '$schema'@'%';
SQL
  done
}

sql=$(statements)
printf '%s\n' "$sql" | mariadb --no-defaults --protocol=tcp --host="$DATABASE_HOST" --port="${DATABASE_PORT:-3306}" --user="$DATABASE_USER"
echo "schemas: $SERVICES"
