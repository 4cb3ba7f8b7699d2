namespace MetaCollector.Simulator.Faults;

/// <summary>An answer that stands in for the real one, a number of times.</summary>
internal sealed class AnswerRule(string verb, string resource, int code, int? retryAfter, int times)
{
    private int _left = times;

    public int Code { get; } = code;

    public int? RetryAfter { get; } = retryAfter;

    public bool IsSpent => Volatile.Read(ref _left) <= 0;

    public bool Take(string askedVerb, string askedResource) =>
        (verb == "*" || verb == askedVerb) && (resource == "*" || resource == askedResource) && !IsSpent && Interlocked.Decrement(ref _left) >= 0;
}
