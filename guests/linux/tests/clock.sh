# One line a second for the harness to compare with the host's clocks; every CPU is kept busy meanwhile.
for cpu in $(seq "$(nproc)"); do
    while :; do :; done &
done
for second in $(seq 21); do
    read -r uptime idle < /proc/uptime
    echo "test: clock uptime=$uptime now=$(date +%s)"
    sleep 1
done
echo "test: rtc $(cat /sys/class/rtc/rtc0/since_epoch)"
