import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jetbrains.kotlin.cli.common.ExitCode;
import org.jetbrains.kotlin.cli.common.messages.MessageRenderer;
import org.jetbrains.kotlin.cli.jvm.K2JVMCompiler;

/**
 * Compiles what is to be run: `Build FILE DIRECTORY OUT`.
 *
 * FILE is compiled by itself; one named Main.kt with every .kt file of its folder and below; a .kts file as a script. Classes
 * go to OUT/classes, and to OUT/run.args the arguments with which `java` starts the program. The compiler's messages go to
 * stderr as they are; where there are errors the status is 1. Nothing else is written.
 */
public final class Build {
  private static final Path LIBRARIES = Path.of("/usr/local/lib/kotlin/lib");
  private static final List<String> RUN_TIME =
      List.of("kotlin-stdlib", "kotlin-reflect", "kotlinx-coroutines-core-jvm", "kotlin-test", "kotlin-script-runtime");

  private Build() {}

  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    Path directory = Path.of(arguments[1]);
    Path out = Path.of(arguments[2]);
    Path classes = Files.createDirectories(out.resolve("classes"));
    if (!compile(file, directory, classes)) System.exit(1);
    var start = isScript(file) ? EntryPoint.ofScript(file, classes) : EntryPoint.ofProgram(file, classes);
    if (start.isEmpty()) {
      System.err.println(file + ":1:1: error: there is no main function in this file");
      System.exit(1);
    }
    var path = new ArrayList<>(runTime());
    path.add(classes.toString());
    path.add(directory.toString());
    var words = new ArrayList<>(List.of("-cp", quoted(String.join(":", path))));
    if (isScript(file)) words.add("superos.ScriptRunner");
    words.add(quoted(start.get()));
    Files.write(out.resolve("run.args"), words);
    System.exit(0);
  }

  private static boolean compile(Path file, Path directory, Path classes) throws IOException {
    var words = new ArrayList<>(List.of("-d", classes.toString(), "-kotlin-home", LIBRARIES.getParent().toString()));
    words.addAll(List.of("-no-stdlib", "-no-reflect", "-cp", String.join(":", runTime()), "-module-name", "main"));
    words.add(isScript(file) ? "-Xallow-any-scripts-in-source-roots" : "-Xdisable-default-scripting-plugin");
    for (Path source : sources(file, directory)) words.add(source.toString());
    var compiler = new K2JVMCompiler();
    return compiler.exec(System.err, MessageRenderer.PLAIN_FULL_PATHS, words.toArray(String[]::new)) == ExitCode.OK;
  }

  private static List<Path> sources(Path file, Path directory) throws IOException {
    if (!file.getFileName().toString().equalsIgnoreCase("main.kt")) return List.of(file);
    try (var files = Files.walk(directory)) {
      return files.filter(path -> path.toString().endsWith(".kt") && Files.isRegularFile(path)).sorted().toList();
    }
  }

  /** Always in this order, which is that of the shared archive. */
  private static List<String> runTime() {
    var jars = new ArrayList<>(RUN_TIME.stream().map(name -> LIBRARIES.resolve(name + ".jar").toString()).toList());
    jars.add("/usr/local/lib/superos/script.jar");
    return jars;
  }

  private static boolean isScript(Path file) {
    return file.toString().endsWith(".kts");
  }

  /** As java's files of arguments have it. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r") + '"';
  }
}
