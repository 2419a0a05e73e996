import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.Manifest;
import java.util.stream.Stream;

/**
 * What is compiled and run.
 *
 * `root` is the folder beneath which packages are folders. `libraries` is the class path beside the program's own classes:
 * the root, for resources, and the jars in the folder `lib`.
 */
record Program(String mainClass, Path root, List<Path> sources, List<Path> libraries) {
  /** A source file. The compiler finds by name, below the root, the classes that it uses. */
  static Program ofSource(Path file) throws IOException {
    var source = Source.read(file);
    Path root = source.root();
    return new Program(source.mainClass(), root, List.of(file), libraries(List.of(root), root));
  }

  /** A folder with a manifest, whose Main-Class is run: all sources in src/main/java, or in src, or in the folder itself. */
  static Program ofManifest(Path file, Path directory) throws IOException, Refusal {
    String main;
    try (var bytes = Files.newInputStream(file)) {
      main = new Manifest(bytes).getMainAttributes().getValue(Attributes.Name.MAIN_CLASS);
    }
    if (main == null) throw new Refusal(file + ":1: error: the manifest has no Main-Class\n");
    Path root =
        Stream.of("src/main/java", "src").map(directory::resolve).filter(Files::isDirectory).findFirst().orElse(directory);
    List<Path> sources;
    try (var files = Files.walk(root)) {
      sources = files.filter(path -> path.toString().endsWith(".java") && Files.isRegularFile(path)).sorted().toList();
    }
    if (sources.isEmpty()) throw new Refusal(file + ":1: error: there is no .java file below " + root + "\n");
    var folders = List.of(root, directory.resolve("src/main/resources"));
    return new Program(main.strip(), root, sources, libraries(folders, directory));
  }

  private static List<Path> libraries(List<Path> folders, Path directory) throws IOException {
    var found = new ArrayList<>(folders.stream().filter(Files::isDirectory).toList());
    Path lib = directory.resolve("lib");
    if (!Files.isDirectory(lib)) return found;
    try (var files = Files.list(lib)) {
      files.filter(path -> path.toString().endsWith(".jar")).sorted().forEach(found::add);
    }
    return found;
  }
}
