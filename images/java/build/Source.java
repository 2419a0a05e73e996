import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.lang.model.element.Modifier;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** A source file as the compiler's own parser reads it; what is wrong in it the compiler says later. */
record Source(Path file, String packageName, List<ClassTree> types) {
  static Source read(Path file) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      var units = files.getJavaFileObjects(file);
      var task = (JavacTask) compiler.getTask(null, files, diagnostic -> {}, List.of("-proc:none"), null, units);
      for (CompilationUnitTree unit : task.parse()) return of(file, unit);
    }
    return new Source(file, "", List.of());
  }

  private static Source of(Path file, CompilationUnitTree unit) {
    var types = unit.getTypeDecls().stream().filter(ClassTree.class::isInstance).map(ClassTree.class::cast).toList();
    return new Source(file, unit.getPackageName() == null ? "" : unit.getPackageName().toString(), types);
  }

  /** The folder that holds the package's, where the file lies in folders named as its package, or else the file's own. */
  Path root() {
    Path folder = file.toAbsolutePath().getParent();
    if (packageName.isEmpty()) return folder;
    Path inside = Path.of(packageName.replace('.', '/'));
    if (!folder.endsWith(inside)) return folder;
    for (int depth = inside.getNameCount(); depth > 0; depth--) folder = folder.getParent();
    return folder;
  }

  /** The type named as the file if it has a main method, or the first that has one; without any, `java` says so. */
  String mainClass() {
    String named = file.getFileName().toString().replaceAll("\\.java$", "");
    var able = types.stream().filter(Source::hasMain).map(type -> type.getSimpleName().toString()).toList();
    var all = types.stream().map(type -> type.getSimpleName().toString()).toList();
    String main = able.contains(named) || able.isEmpty() && all.contains(named) ? named : first(able, first(all, named));
    return packageName.isEmpty() ? main : packageName + "." + main;
  }

  private static String first(List<String> names, String otherwise) {
    return names.isEmpty() ? otherwise : names.get(0);
  }

  private static boolean hasMain(ClassTree type) {
    boolean open = type.getKind() == Tree.Kind.INTERFACE;
    return type.getMembers().stream().anyMatch(member -> member instanceof MethodTree method && isMain(method, open));
  }

  private static boolean isMain(MethodTree method, boolean open) {
    var flags = method.getModifiers().getFlags();
    return method.getName().contentEquals("main")
        && flags.contains(Modifier.STATIC)
        && (open || flags.contains(Modifier.PUBLIC))
        && method.getParameters().size() == 1
        && method.getParameters().get(0).getType().toString().matches("(java\\.lang\\.)?String(\\[\\]|\\.\\.\\.)");
  }
}
