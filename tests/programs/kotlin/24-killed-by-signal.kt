fun main() {
    println("goodbye")
    ProcessBuilder("sh", "-c", "kill -KILL ${ProcessHandle.current().pid()}").start().waitFor()
    Thread.sleep(30_000)
    println("never")
}
