using System.Text.Json;

namespace MetaCollector.Simulator.Documents;

/// <summary>An immutable JSON object; members keep the order in which they were set.</summary>
public sealed class JsonMap : Json
{
    private readonly string[] _names;
    private readonly Json[] _values;

    /// <summary>A map of these members; of members with the same name the last one counts.</summary>
    public JsonMap(params ReadOnlySpan<(string Name, Json Value)> members)
    {
        var names = new List<string>(members.Length);
        var values = new List<Json>(members.Length);
        foreach (var (name, value) in members)
        {
            var at = names.IndexOf(name);
            if (at >= 0)
            {
                values[at] = value;
                continue;
            }

            names.Add(name);
            values.Add(value);
        }

        _names = [.. names];
        _values = [.. values];
    }

    internal JsonMap(string[] names, Json[] values)
    {
        _names = names;
        _values = values;
    }

    /// <summary>The map without members.</summary>
    public static JsonMap Empty { get; } = new([], []);

    /// <summary>How many members there are.</summary>
    public int Count => _names.Length;

    /// <summary>The names, in order.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>The values, in the order of <see cref="Names"/>.</summary>
    public IReadOnlyList<Json> Values => _values;

    /// <inheritdoc/>
    public override Json? this[string name]
    {
        get
        {
            var at = IndexOf(name);
            return at < 0 ? null : _values[at];
        }
    }

    /// <summary>A map with that member set.</summary>
    public JsonMap With(string name, Json value)
    {
        var at = IndexOf(name);
        if (at >= 0)
        {
            if (ReferenceEquals(_values[at], value))
            {
                return this;
            }

            var values = (Json[])_values.Clone();
            values[at] = value;
            return new JsonMap(_names, values);
        }

        return new JsonMap([.. _names, name], [.. _values, value]);
    }

    /// <summary>A map with that member of nested maps set; maps on the way are made where there is none.</summary>
    public JsonMap With(ReadOnlySpan<string> path, Json value) => path.Length == 1
        ? With(path[0], value)
        : With(path[0], (this[path[0]] as JsonMap ?? Empty).With(path[1..], value));

    /// <summary>A map without that member.</summary>
    public JsonMap Without(string name)
    {
        var at = IndexOf(name);
        return at < 0 ? this : new JsonMap([.. _names[..at], .. _names[(at + 1)..]], [.. _values[..at], .. _values[(at + 1)..]]);
    }

    /// <summary>A map without that member of nested maps; the maps on the way stay.</summary>
    public JsonMap Without(ReadOnlySpan<string> path) => path.Length == 1
        ? Without(path[0])
        : this[path[0]] is JsonMap inner ? With(path[0], inner.Without(path[1..])) : this;

    /// <inheritdoc/>
    public override void WriteTo(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        WriteMembersTo(writer);
        writer.WriteEndObject();
    }

    internal void WriteMembersTo(Utf8JsonWriter writer)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            writer.WritePropertyName(_names[i]);
            _values[i].WriteTo(writer);
        }
    }

    private int IndexOf(string name)
    {
        var names = _names;
        for (var i = 0; i < names.Length; i++)
        {
            if (string.Equals(names[i], name))
            {
                return i;
            }
        }

        return -1;
    }
}
