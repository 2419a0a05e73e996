# Objects through a pipeline, a job in a thread, and a child process. Prints `ok` and exits 0.
$ErrorActionPreference = "Stop"
$sum = (1..10 | Where-Object { $_ % 2 -eq 0 } | Measure-Object -Sum).Sum
if ($sum -ne 30) { throw "sum: $sum" }
$job = Start-ThreadJob { 6 * 7 }
$answer = Receive-Job -Job $job -Wait -AutoRemoveJob
if ($answer -ne 42) { throw "job: $answer" }
sh -c "exit 3"
if ($LASTEXITCODE -ne 3) { throw "child: $LASTEXITCODE" }
Write-Output "ok"
