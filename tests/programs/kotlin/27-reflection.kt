import kotlin.reflect.full.declaredMemberProperties
import kotlin.reflect.full.findAnnotation
import kotlin.reflect.full.primaryConstructor

@Target(AnnotationTarget.PROPERTY)
annotation class Column(val name: String)

data class Row(@property:Column("id") val key: Int, @property:Column("title") val text: String, val extra: Boolean = true)

fun main() {
    for (property in Row::class.declaredMemberProperties.sortedBy { it.name }) {
        println("${property.name}: ${property.returnType} as ${property.findAnnotation<Column>()?.name}")
    }
    val make = requireNotNull(Row::class.primaryConstructor)
    val values = make.parameters.filter { !it.isOptional }.associateWith { if (it.name == "key") 7 else "seven" }
    println(make.callBy(values))
}
