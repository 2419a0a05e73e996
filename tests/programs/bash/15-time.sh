# Dates, seconds that pass, and a command that takes too long.
date -u -d '2024-02-28 23:30 UTC + 1 hour' '+%FT%TZ %A %j'
echo $((($(date -ud 2025-01-01 +%s) - $(date -ud 2024-01-01 +%s)) / 86400))
printf '%(%F)T\n' 86400
before=${EPOCHREALTIME/./}
sleep 0.05
passed=$((${EPOCHREALTIME/./} - before))
((passed >= 50000 && passed < 10000000)) && echo "passed"
timeout 0.1 sleep 10
echo "timeout says $?"
