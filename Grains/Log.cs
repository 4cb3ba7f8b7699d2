using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains;

/// <summary>What the grains log.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "silo {Silo} leads in term {Term}, in sync: {IsSynced}")]
    public static partial void LeaderKnown(ILogger logger, SiloAddress silo, long term, bool isSynced);

    [LoggerMessage(101, LogLevel.Debug, "silo {Silo} could not be told who leads, and will be told again: {Reason}")]
    public static partial void AnnouncementFailed(ILogger logger, SiloAddress silo, string reason);

    [LoggerMessage(102, LogLevel.Debug, "{Grain} could not verify what it holds, and tries again: {Reason}")]
    public static partial void VerificationFailed(ILogger logger, string grain, string reason);

    [LoggerMessage(103, LogLevel.Debug, "a batch of term {Term} for namespace {Namespace} was refused: term {Highest} has begun")]
    public static partial void BatchRefused(ILogger logger, long term, string @namespace, long highest);

    [LoggerMessage(104, LogLevel.Debug, "node {Node}: a gateway did not renew its subscription and is dropped")]
    public static partial void ObserverExpired(ILogger logger, string node);

    [LoggerMessage(106, LogLevel.Information, "silo {Silo} stops, and leads in term {Term} only until another does")]
    public static partial void LeaderLeaves(ILogger logger, SiloAddress silo, long term);

    [LoggerMessage(105, LogLevel.Debug, "node {Node} is complete: {Namespaces} namespaces")]
    public static partial void NodeComplete(ILogger logger, string node, int namespaces);

    [LoggerMessage(107, LogLevel.Debug, "{Grain} belongs to silo {Silo}, and goes there")]
    public static partial void Moves(ILogger logger, string grain, SiloAddress silo);
}
