// A script: its arguments are `args`, and what it ends with is its own. Prints its arguments, one a line, and exits with
// their number.
args.forEachIndexed { index, argument -> println("$index: $argument") }
kotlin.system.exitProcess(args.size)
