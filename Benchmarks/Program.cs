Console.WriteLine("metacollector");
