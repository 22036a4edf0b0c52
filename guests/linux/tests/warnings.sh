# Kernel messages of level "warning" (4) and above.
dmesg -r | grep '^<[0-4]>' | sed 's/^/test: log /'
echo 'test: end of log'
