# The same work on every CPU at once, each result compared with what it must be.
worker() {
    cd "$(mktemp -d)" || return 1
    seq 1 20000 > numbers
    [ "$(sha256sum < numbers)" = 'f6351f5ead9a700e34275480b3856ea738122a7c57bdeb744a631251c069587a  -' ] || { echo "test: worker $1 sha256"; return 1; }
    gzip -c numbers | gzip -dc | cmp - numbers || { echo "test: worker $1 gzip"; return 1; }
    sort -r numbers | sort -n | cmp - numbers || { echo "test: worker $1 sort"; return 1; }
    [ "$(awk '{ total += $1 } END { print total }' numbers)" = 200010000 ] || { echo "test: worker $1 awk"; return 1; }
    echo "test: worker $1 ok"
}
workers=
for cpu in $(seq "$(nproc)"); do
    worker "$cpu" &
    workers="$workers $!"
done
status=0
for worker in $workers; do
    wait "$worker" || status=1
done
exit $status
