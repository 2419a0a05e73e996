import java.security.MessageDigest;
import java.util.Base64;
import java.util.HexFormat;
import java.util.zip.CRC32;

class Checksums {
  public static void main(String[] args) throws Exception {
    byte[] bytes = System.in.readAllBytes();
    var crc = new CRC32();
    crc.update(bytes);
    System.out.println(bytes.length + " " + Long.toHexString(crc.getValue()));
    for (String name : new String[] {"MD5", "SHA-1", "SHA-256"}) {
      System.out.println(HexFormat.of().formatHex(MessageDigest.getInstance(name).digest(bytes)));
    }
    System.out.println(Base64.getEncoder().encodeToString(bytes));
  }
}
