internal sealed record Greeting(string Word)
{
    public string To(string name) => $"{Word}, {name}";
}
