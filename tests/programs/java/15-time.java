import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

class Time {
  public static void main(String[] args) throws InterruptedException {
    LocalDate leap = LocalDate.of(2024, 2, 29);
    System.out.println(leap.plusYears(1) + " " + leap.getDayOfWeek());
    System.out.println(leap.with(TemporalAdjusters.firstInMonth(DayOfWeek.MONDAY)));
    System.out.println(ChronoUnit.DAYS.between(LocalDate.EPOCH, leap));
    ZonedDateTime berlin = ZonedDateTime.of(2024, 3, 31, 1, 59, 0, 0, ZoneId.of("Europe/Berlin"));
    System.out.println(berlin.plusMinutes(1).format(DateTimeFormatter.ISO_OFFSET_DATE_TIME));
    System.out.println(Duration.parse("PT36H5M").toDays() + " " + Instant.ofEpochSecond(1_000_000_000));
    long before = System.nanoTime();
    Thread.sleep(20);
    System.out.println(System.nanoTime() - before >= 20_000_000);
  }
}
