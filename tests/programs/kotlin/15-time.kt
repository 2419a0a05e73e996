import java.time.LocalDate
import java.time.ZoneId
import java.time.ZonedDateTime
import java.time.temporal.ChronoUnit
import kotlin.time.Duration.Companion.hours
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.minutes
import kotlin.time.measureTime

fun main() {
    val leap = LocalDate.of(2024, 2, 29)
    println("${leap.plusYears(1)} ${leap.dayOfWeek}")
    println(ChronoUnit.DAYS.between(LocalDate.EPOCH, leap))
    println(ZonedDateTime.of(2024, 3, 31, 1, 59, 0, 0, ZoneId.of("Europe/Berlin")).plusMinutes(1))
    println(36.hours + 5.minutes)
    println(measureTime { Thread.sleep(20) } >= 20.milliseconds)
}
