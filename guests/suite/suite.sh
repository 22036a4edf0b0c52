# Runs in the BusyBox guest; the host looks at the machine's memory before it answers.
areas=
for word in $(cat /proc/cmdline); do
    case $word in vmapple.only=*) areas=$(echo "${word#vmapple.only=}" | tr , ' ') ;; esac
done
# Words, to be split.
# shellcheck disable=SC2086
/suite $areas
status=$?
echo 'vmapple-guest: bench over'
read -r answer
exit $status
