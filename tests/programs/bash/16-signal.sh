# A process that ends itself by a signal has no exit code.
echo going
kill -TERM $$
sleep 100
