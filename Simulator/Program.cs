using MetaCollector.Simulator;

await using var simulator = await ApiServerSimulator.StartAsync(new SimulatorOptions { Port = 18080 });
Console.WriteLine(simulator.Url);
await Task.Delay(Timeout.Infinite);
