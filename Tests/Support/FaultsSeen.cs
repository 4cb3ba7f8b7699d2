using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using MetaCollector.Conversation.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Tests.Support;

/// <summary>The product's <see cref="Faults"/>, and what was reported to them.</summary>
internal sealed class FaultsSeen : ILogger<Faults>
{
    private static readonly IMeterFactory Meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();

    public FaultsSeen() => Faults = new Faults(Meters, TimeProvider.System, this);

    /// <summary>To be given to the product.</summary>
    public Faults Faults { get; }

    /// <summary>What was logged of each fault, in order.</summary>
    public ConcurrentQueue<(LogLevel Level, string Text, Exception? Exception)> Logged { get; } = [];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Logged.Enqueue((logLevel, formatter(state, exception), exception));
}
