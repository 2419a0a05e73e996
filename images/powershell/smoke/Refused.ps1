# An error that nobody catches ends the script with exit code 1 and its place on stderr.
function Get-Missing { Get-Content -Path /project/there-is-no-such-file -ErrorAction Stop }
Get-Missing
