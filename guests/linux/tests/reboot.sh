# The harness counts two banners and then stops the machine.
echo 'test: rebooting'
reboot -f
sleep 60
