using System.Globalization;
using System.Text;

namespace MetaCollector.Silo.Metrics;

/// <summary>Writes labels in Prometheus' text format.</summary>
internal static class LabelText
{
    /// <summary>Tags as <c>a="x",b="y"</c>.</summary>
    public static string Of(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            if (text.Length > 0) text.Append(',');
            text.Append(MetricNames.Sanitize(key)).Append("=\"");
            foreach (var sign in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                _ = sign switch { '\\' => text.Append(@"\\"), '"' => text.Append("\\\""), '\n' => text.Append("\\n"), _ => text.Append(sign) };
            text.Append('"');
        }

        return text.ToString();
    }

    public static string And(string labels, string more) => labels.Length == 0 ? more : $"{labels},{more}";

    /// <summary>Labels in braces; empty for none.</summary>
    public static string Braced(string labels) => labels.Length == 0 ? "" : $"{{{labels}}}";
}
