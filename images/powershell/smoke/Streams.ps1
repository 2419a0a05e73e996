# Reads stdin, writes both streams, and chooses its own exit code: 7.
$text = [Console]::In.ReadToEnd()
Write-Output "out: $($text.Length) characters, $($args.Count) arguments"
[Console]::Error.WriteLine("err: a line on stderr")
exit 7
