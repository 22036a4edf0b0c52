# Suspends to RAM with an alarm two seconds ahead: the other CPUs go off, the alarm wakes CPU 0, the others come back.
before=$(cat /sys/class/rtc/rtc0/since_epoch)
echo +2 > /sys/class/rtc/rtc0/wakealarm
echo mem > /sys/power/state
echo "test: woken after $(($(cat /sys/class/rtc/rtc0/since_epoch) - before)) s on $(nproc) CPUs"
echo "test: $(dmesg | grep -c 'PM: suspend exit') suspend"
