import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.stream.IntStream;

class BigNumbers {
  public static void main(String[] args) {
    BigInteger factorial =
        IntStream.rangeClosed(1, 60).mapToObj(BigInteger::valueOf).reduce(BigInteger.ONE, BigInteger::multiply);
    System.out.println(factorial);
    System.out.println(BigInteger.TWO.pow(200).subtract(BigInteger.ONE).mod(BigInteger.valueOf(1_000_003)));
    System.out.println(new BigInteger("170141183460469231731687303715884105727").isProbablePrime(40));
    System.out.println(BigDecimal.TWO.sqrt(new MathContext(60)));
    System.out.println(new BigDecimal("0.1").add(new BigDecimal("0.2")) + " " + (0.1 + 0.2));
    System.out.println(Math.addExact(Integer.MAX_VALUE - 1, 1) + " " + (Integer.MAX_VALUE + 1));
  }
}
