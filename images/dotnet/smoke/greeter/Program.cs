Console.WriteLine(new Greeting("hello").To("box"));
