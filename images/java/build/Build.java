import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Compiles what is to be run: `Build FILE DIRECTORY OUT`.
 *
 * FILE is a source, which is compiled with the classes that it uses, or a MANIFEST.MF, which stands for every source of
 * its folder. Classes go to OUT/classes, and to OUT/run.args the arguments with which `java` starts the program. The
 * compiler's messages go to stderr as they are; where there are errors the status is 1. Nothing else is written.
 */
public final class Build {
  private Build() {}

  public static void main(String[] arguments) throws IOException {
    Path file = Path.of(arguments[0]);
    Path directory = Path.of(arguments[1]);
    Path out = Path.of(arguments[2]);
    try {
      Program program = file.endsWith("MANIFEST.MF") ? Program.ofManifest(file, directory) : Program.ofSource(file);
      compile(program, Files.createDirectories(out.resolve("classes")));
      Files.write(out.resolve("run.args"), runArguments(program, out));
    } catch (Refusal refusal) {
      System.err.print(refusal.getMessage());
      System.exit(1);
    }
  }

  private static void compile(Program program, Path classes) throws IOException, Refusal {
    var options = new ArrayList<>(List.of("-proc:none", "-g", "-d", classes.toString()));
    options.addAll(List.of("-sourcepath", program.root().toString(), "-cp", joined(program.libraries())));
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      var sources = files.getJavaFileObjectsFromPaths(program.sources());
      if (!compiler.getTask(null, files, null, options, null, sources).call()) throw new Refusal("");
    }
  }

  /** Resources are found where the sources are. */
  private static List<String> runArguments(Program program, Path out) {
    var path = new ArrayList<>(List.of(out.resolve("classes")));
    path.addAll(program.libraries());
    return List.of("-cp", quoted(joined(path)), quoted(program.mainClass()));
  }

  private static String joined(List<Path> path) {
    return String.join(":", path.stream().map(Path::toString).toList());
  }

  /** As java's files of arguments have it. */
  private static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n").replace("\r", "\\r") + '"';
  }
}
