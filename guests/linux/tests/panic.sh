# A real kernel panic: a null pointer write in the SysRq handler, oops, panic, panic notifiers.
echo 1 > /proc/sys/kernel/sysrq
echo 1 > /proc/sys/kernel/panic_on_oops
echo 'test: crashing'
echo c > /proc/sysrq-trigger
sleep 60
