using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MetaCollector.Silo.Settings;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace MetaCollector.Silo.Logs;

/// <summary>
/// One line for each log message: a JSON object with <c>ts</c>, <c>level</c>, <c>logger</c>, <c>msg</c> (k8s-metacollector's names), the
/// message's own values and <c>error</c>; or, for people, the same as text, coloured on a terminal. Thread-safe.
/// </summary>
internal sealed class LineFormatter(LogFormat format, bool hasColours, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "metacollector";

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private readonly LineBudget _budget = new(time);

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        // The console logger writes nothing when this writes nothing.
        if (!_budget.Takes(logEntry.Category, logEntry.EventId.Id, logEntry.LogLevel, out var leftOut)) return;
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (leftOut > 0) message += $" (and {leftOut} more like this, which were left out)";
        if (format == LogFormat.Json) WriteJson(logEntry, message, textWriter);
        else WriteText(logEntry, message, textWriter);
    }

    private void WriteText<TState>(in LogEntry<TState> entry, string message, TextWriter output)
    {
        var (word, colour) = entry.LogLevel switch
        {
            LogLevel.Trace => ("TRC", "\e[90m"),
            LogLevel.Debug => ("DBG", "\e[90m"),
            LogLevel.Information => ("INF", "\e[32m"),
            LogLevel.Warning => ("WRN", "\e[33m"),
            _ => ("ERR", "\e[31m"),
        };
        var line = new StringBuilder(time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)).Append(' ');
        line.Append(hasColours ? $"{colour}{word}\e[0m" : word).Append(' ').Append(Short(entry.Category)).Append(": ");
        line.Append(message.ReplaceLineEndings(" "));
        if (entry.Exception is { } exception) line.Append(NeedsTrace(entry.LogLevel) ? $"{Environment.NewLine}{exception}" : $": {Summary(exception)}");
        output.WriteLine(line);
    }

    private void WriteJson<TState>(in LogEntry<TState> entry, string message, TextWriter output)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("ts", time.GetUtcNow().ToString(TimeFormat, CultureInfo.InvariantCulture));
            json.WriteString("level", Word(entry.LogLevel));
            json.WriteString("logger", entry.Category);
            json.WriteString("msg", message);
            if (entry.State is IReadOnlyList<KeyValuePair<string, object?>> values) WriteValues(json, values);
            if (entry.Exception is { } exception) json.WriteString("error", NeedsTrace(entry.LogLevel) ? exception.ToString() : Summary(exception));
            json.WriteEndObject();
        }

        output.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static void WriteValues(Utf8JsonWriter json, IReadOnlyList<KeyValuePair<string, object?>> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            var (name, value) = values[i];
            // The template is left out, and a value does not replace one of the line's fields.
            if (name == "{OriginalFormat}") continue;
            json.WritePropertyName(name is "ts" or "level" or "logger" or "msg" or "error" ? $"{name}_" : name);
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case int number: json.WriteNumberValue(number); break;
                case long number: json.WriteNumberValue(number); break;
                case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
                default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        _ => "error",
    };

    // The cause of a warning is outside the program, and one line is enough; an error may be a bug, which needs the stack trace.
    private static bool NeedsTrace(LogLevel level) => level is LogLevel.Error or LogLevel.Critical or LogLevel.Debug or LogLevel.Trace;

    private static string Summary(Exception exception)
    {
        var text = exception.Message;
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
            if (!text.Contains(inner.Message, StringComparison.Ordinal) && !inner.Message.StartsWith(exception.Message, StringComparison.Ordinal)) text += $": {inner.Message}";
        return text.ReplaceLineEndings(" ");
    }

    /// <summary>The type's name without its namespace.</summary>
    private static string Short(string category) => category[(category.LastIndexOf('.') + 1)..];
}
