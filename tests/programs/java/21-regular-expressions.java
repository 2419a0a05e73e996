import java.util.regex.Matcher;
import java.util.regex.Pattern;

class RegularExpressions {
  public static void main(String[] args) {
    String log = """
        2024-05-01 12:00:01 INFO  start
        2024-05-01 12:00:07 ERROR disk "sda1" is full
        no timestamp here
        2024-05-02 00:00:00 WARN  näher
        """;
    Pattern line = Pattern.compile("^(?<day>\\d{4}-\\d\\d-\\d\\d) (?<time>[\\d:]+) (?<level>\\w+)\\s+(?<text>.*)$", Pattern.MULTILINE);
    Matcher found = line.matcher(log);
    while (found.find()) System.out.printf("%-5s|%s|%s%n", found.group("level"), found.group("day"), found.group("text"));
    System.out.println("a1b22c333".replaceAll("(\\d+)", "<$1>"));
    System.out.println(Pattern.compile("\\d+").matcher("3 and 4").replaceAll(n -> String.valueOf(Integer.parseInt(n.group()) * 2)));
    System.out.println(String.join("|", "a, b;c".split("[,;]\\s*")));
  }
}
