# Waits for the power button and shows the input event: seconds, microseconds, type, code, value.
event=
for input in /sys/class/input/event*; do
    case $(cat "$input/device/name") in *gpio-keys*) event=/dev/input/${input##*/} ;; esac
done
if [ -z "$event" ]; then
    echo 'test: no gpio-keys device'
    exit 1
fi
exec 3< "$event"
echo 'test: waiting for the button'
# 24 bytes each: pressed, synchronised, released, synchronised.
for number in 1 2 3 4; do
    echo "test: event $(dd bs=24 count=1 <&3 2> /dev/null | tail -c 8 | od -An -tu2 | tr -s ' ')"
done
