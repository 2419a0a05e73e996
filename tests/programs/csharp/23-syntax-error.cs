class SyntaxError
{
    static void Main()
    {
        for (int i = 0; i < 3; i++ {
            System.Console.WriteLine(i);
        }
    }
}
