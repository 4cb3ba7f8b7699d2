namespace MetaCollector.Simulator.Traffic;

/// <summary>One request that was received.</summary>
public sealed class RequestRecord
{
    private long _bytes;

    internal RequestRecord(string verb, string resource, string path, string userAgent, string user, DateTimeOffset received)
    {
        Verb = verb;
        Resource = resource;
        Path = path;
        UserAgent = userAgent;
        User = user;
        Received = received;
    }

    /// <summary>get, list, watch, create, update, patch, delete or deletecollection.</summary>
    public string Verb { get; }

    /// <summary>Plural name of the resource, with its subresource (<c>pods/status</c>); empty for paths that are none.</summary>
    public string Resource { get; }

    /// <summary>Path and query.</summary>
    public string Path { get; }

    /// <summary>The client's own name.</summary>
    public string UserAgent { get; }

    /// <summary>Who asked.</summary>
    public string User { get; }

    /// <summary>The protocol that it came by: HTTP/1.1 or HTTP/2.</summary>
    public string Protocol { get; internal init; } = "";

    /// <summary>The connection that it came by.</summary>
    public string Connection { get; internal init; } = "";

    /// <summary>When it came in.</summary>
    public DateTimeOffset Received { get; }

    /// <summary>The answer's status code; 0 while there is none.</summary>
    public int Code { get; internal set; }

    /// <summary>The answer's content type.</summary>
    public string ContentType { get; internal set; } = "";

    /// <summary>Bytes of the answer's body until now.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Whether the answer is complete, or its connection gone.</summary>
    public bool IsFinished { get; internal set; }

    /// <summary>Whether everything is asked for: a list of more than one object, or a watch that begins with what there is.</summary>
    public bool AsksForEverything => Verb == "list"
        ? !Path.EndsWith("limit=1", StringComparison.Ordinal)
        : Path.Contains("sendInitialEvents=true", StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => $"{Verb} {Resource} {Code} {Bytes} bytes {Path} [{UserAgent}]";

    internal long Number { get; set; }

    internal void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
