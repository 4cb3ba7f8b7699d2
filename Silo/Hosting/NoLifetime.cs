namespace MetaCollector.Silo.Hosting;

/// <summary>Keeps a host from handling signals: the program handles them, since it ends two hosts in order.</summary>
internal sealed class NoLifetime : IHostLifetime
{
    public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
