using System.Text.Json;
using MetaCollector.Silo.Logs;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace MetaCollector.Tests.Silo.Logs;

public sealed class LineFormatterTests
{
    private static readonly FakeTimeProvider Time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private static readonly Exception Failure = new InvalidOperationException("outer", new IOException("inner\nline"));

    [Fact]
    public void Write_Json_IsOneObjectWithTheMessagesValues()
    {
        var line = Write(LogFormat.Json, LogLevel.Warning, null, "node {Node} has {Count} \"pods\"\n", "n1", 3);
        Assert.DoesNotContain('\n', line.TrimEnd('\n'));
        var json = JsonDocument.Parse(line).RootElement;
        Assert.Equal("2026-01-02T03:04:05.000Z", json.GetProperty("ts").GetString());
        Assert.Equal("warn", json.GetProperty("level").GetString());
        Assert.Equal("A.B", json.GetProperty("logger").GetString());
        Assert.Equal("node n1 has 3 \"pods\"\n", json.GetProperty("msg").GetString());
        Assert.Equal("n1", json.GetProperty("Node").GetString());
        Assert.Equal(3, json.GetProperty("Count").GetInt32());
    }

    [Fact]
    public void Write_TextWarningWithException_IsOneLineWithoutTrace() => Assert.Equal(
        "03:04:05.000 WRN B: it failed: outer: inner line\n", Write(LogFormat.Text, LogLevel.Warning, Failure, "it failed"));

    [Fact]
    public void Write_TextErrorWithException_HasTheTrace() =>
        Assert.Contains("System.IO.IOException", Write(LogFormat.Text, LogLevel.Error, Failure, "it failed"), StringComparison.Ordinal);

    [Fact]
    public void Write_FloodOfOneSort_IsCutAndCounted()
    {
        var time = new FakeTimeProvider();
        var output = new StringWriter { NewLine = "\n" };
        var log = new Capturing(new LineFormatter(LogFormat.Text, hasColours: false, time), output);
        for (var i = 0; i < LineBudget.Burst + 70; i++) log.Log(LogLevel.Warning, 1, "flood", null, (state, _) => state);
        Assert.Equal(LineBudget.Burst, Lines());
        log.Log(LogLevel.Warning, 2, "another", null, (state, _) => state);
        log.Log(LogLevel.Debug, 1, "asked for", null, (state, _) => state);
        Assert.Equal(LineBudget.Burst + 2, Lines());

        time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 10; i++) log.Log(LogLevel.Warning, 1, "flood", null, (state, _) => state);
        Assert.Equal(LineBudget.Burst + 2 + LineBudget.PerSecond, Lines());
        Assert.Contains("flood (and 70 more like this, which were left out)\n", output.ToString(), StringComparison.Ordinal);

        int Lines() => output.ToString().Count(sign => sign == '\n');
    }

    private static string Write(LogFormat format, LogLevel level, Exception? exception, string template, params object[] values)
    {
        var output = new StringWriter { NewLine = "\n" };
        var provider = new Capturing(new LineFormatter(format, hasColours: false, Time), output);
#pragma warning disable CA2254, CA1848, CA1873 // The template is what is tested.
        provider.Log(level, exception, template, values);
#pragma warning restore CA2254, CA1848, CA1873
        return output.ToString();
    }

    private sealed class Capturing(LineFormatter formatter, TextWriter output) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter1) =>
            formatter.Write(new LogEntry<TState>(logLevel, "A.B", eventId, state, exception, formatter1), null, output);
    }
}
