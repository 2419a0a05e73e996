import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jetbrains.org.objectweb.asm.ClassReader;
import org.jetbrains.org.objectweb.asm.ClassVisitor;
import org.jetbrains.org.objectweb.asm.MethodVisitor;
import org.jetbrains.org.objectweb.asm.Opcodes;

/** The class that is started, found among those that the compiler wrote: of that source, with a main method. */
final class EntryPoint extends ClassVisitor {
  private static final int OPEN_STATIC = Opcodes.ACC_PUBLIC | Opcodes.ACC_STATIC;

  private String name = "";
  private String parent = "";
  private String source = "";
  private boolean hasMain;

  private EntryPoint() {
    super(Opcodes.ASM9);
  }

  static Optional<String> ofProgram(Path file, Path classes) throws IOException {
    return find(classes, seen -> seen.hasMain && seen.source.equals(file.getFileName().toString()));
  }

  static Optional<String> ofScript(Path file, Path classes) throws IOException {
    return find(classes, seen -> seen.parent.startsWith("kotlin/script/") && seen.source.equals(file.getFileName().toString()));
  }

  private static Optional<String> find(Path classes, java.util.function.Predicate<EntryPoint> wanted) throws IOException {
    try (var files = Files.walk(classes)) {
      for (Path path : files.filter(one -> one.toString().endsWith(".class")).sorted().toList()) {
        var seen = new EntryPoint();
        new ClassReader(Files.readAllBytes(path)).accept(seen, ClassReader.SKIP_CODE | ClassReader.SKIP_FRAMES);
        if (wanted.test(seen)) return Optional.of(seen.name.replace('/', '.'));
      }
    }
    return Optional.empty();
  }

  @Override
  public void visit(int version, int access, String self, String signature, String superName, String[] interfaces) {
    name = self;
    parent = superName;
  }

  @Override
  public void visitSource(String file, String debug) {
    source = file == null ? "" : file;
  }

  @Override
  public MethodVisitor visitMethod(int access, String method, String type, String signature, String[] exceptions) {
    boolean open = (access & OPEN_STATIC) == OPEN_STATIC;
    hasMain |= open && method.equals("main") && type.equals("([Ljava/lang/String;)V");
    return null;
  }
}
