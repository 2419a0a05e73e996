import java.math.BigDecimal
import java.math.BigInteger
import java.math.MathContext

fun main() {
    println((1..60).map { it.toBigInteger() }.reduce(BigInteger::times))
    println((2.toBigInteger().pow(200) - BigInteger.ONE) % 1_000_003.toBigInteger())
    println("170141183460469231731687303715884105727".toBigInteger().isProbablePrime(40))
    println(BigDecimal(2).sqrt(MathContext(60)))
    println("${"0.1".toBigDecimal() + "0.2".toBigDecimal()} ${0.1 + 0.2}")
    println("${Int.MAX_VALUE + 1} ${UInt.MAX_VALUE} ${ULong.MAX_VALUE} ${(-1).toUByte()}")
}
