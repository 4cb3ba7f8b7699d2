using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Tests.Support;

/// <summary>Keeps what was logged.</summary>
internal class RecordingLogger : ILogger
{
    private readonly ConcurrentQueue<(LogLevel Level, string Message)> _lines = [];

    public IReadOnlyList<string> Lines => [.. _lines.Select(line => $"{line.Level}: {line.Message}")];

    public IReadOnlyList<string> Warnings => [.. _lines.Where(line => line.Level >= LogLevel.Warning).Select(line => line.Message)];

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue((logLevel, formatter(state, exception)));
}

/// <inheritdoc cref="RecordingLogger"/>
internal sealed class RecordingLogger<T> : RecordingLogger, ILogger<T>;
