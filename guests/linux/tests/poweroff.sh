# Nothing to do: init powers off after every test.
echo 'test: powering off'
