# What Linux found: the harness compares these lines with what the board has.
for driver in /sys/bus/amba/drivers/*; do
    for device in "$driver"/*; do
        if [ -e "$device/id" ]; then echo "test: amba ${device##*/} ${driver##*/}"; fi
    done
done
for device in /sys/bus/platform/devices/*; do
    if [ -e "$device/driver" ]; then
        driver=$(readlink "$device/driver")
        echo "test: platform ${device##*/} ${driver##*/}"
    fi
done
for input in /sys/class/input/event*; do
    if [ -e "$input" ]; then echo "test: input ${input##*/} $(cat "$input/device/name")"; fi
done
echo "test: rtc $(cat /sys/class/rtc/rtc0/name) $(cat /sys/class/rtc/rtc0/since_epoch)"
echo "test: clocksource $(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
sed 's/^/test: interrupt /' /proc/interrupts
grep -m 1 '^Features' /proc/cpuinfo | sed 's/^/test: cpu /'
