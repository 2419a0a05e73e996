import java.nio.charset.StandardCharsets;
import java.text.Normalizer;

class Unicode {
  public static void main(String[] args) throws Exception {
    String text = new String(System.in.readAllBytes(), StandardCharsets.UTF_8).strip();
    System.out.println(text);
    System.out.println(text.length() + " units, " + text.codePointCount(0, text.length()) + " code points");
    System.out.println(new StringBuilder(text).reverse());
    System.out.println(text.toUpperCase(java.util.Locale.ROOT));
    System.out.println(Normalizer.normalize("e\u0301", Normalizer.Form.NFC).equals("é"));
    String größe = "naïve Ωμέγα";
    System.out.println(größe.getBytes(StandardCharsets.UTF_8).length + " bytes");
  }
}
