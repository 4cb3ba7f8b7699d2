using System.Net;
using Microsoft.Extensions.Logging;

namespace MetaCollector.Grains;

/// <summary>Log messages of the grains.</summary>
internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Information, "silo {Silo} leads in term {Term}, in sync: {IsSynced}")]
    public static partial void LeaderKnown(ILogger logger, SiloAddress silo, long term, bool isSynced);

    [LoggerMessage(101, LogLevel.Debug, "announcing the leader to silo {Silo} failed; trying again: {Reason}")]
    public static partial void AnnouncementFailed(ILogger logger, SiloAddress silo, string reason);

    [LoggerMessage(102, LogLevel.Debug, "{Grain} could not verify what it holds; trying again: {Reason}")]
    public static partial void VerificationFailed(ILogger logger, string grain, string reason);

    [LoggerMessage(103, LogLevel.Debug, "a batch of term {Term} for namespace {Namespace} was refused: term {Highest} has begun")]
    public static partial void BatchRefused(ILogger logger, long term, string @namespace, long highest);

    [LoggerMessage(104, LogLevel.Debug, "node {Node}: drops a gateway that did not renew its subscription, or whose silo died")]
    public static partial void ObserverExpired(ILogger logger, string node);

    [LoggerMessage(106, LogLevel.Information, "silo {Silo} stops; it leads in term {Term} only until another silo leads")]
    public static partial void LeaderLeaves(ILogger logger, SiloAddress silo, long term);

    [LoggerMessage(105, LogLevel.Debug, "node {Node} is complete: {Namespaces} namespaces")]
    public static partial void NodeComplete(ILogger logger, string node, int namespaces);

    [LoggerMessage(108, LogLevel.Information, "replica {Name} at {Address} is one of {Replicas}")]
    public static partial void ReplicaJoined(ILogger logger, string name, IPEndPoint address, int replicas);

    [LoggerMessage(109, LogLevel.Information, "replica {Name} at {Address} stops")]
    public static partial void ReplicaStops(ILogger logger, string name, IPEndPoint address);

    [LoggerMessage(110, LogLevel.Warning, "replica {Name} at {Address} is lost: it was declared dead; replicas left: {Replicas}; its nodes, namespaces and streams go on there")]
    public static partial void ReplicaLost(ILogger logger, string name, IPEndPoint address, int replicas);

    [LoggerMessage(107, LogLevel.Debug, "{Grain} moves to silo {Silo}")]
    public static partial void Moves(ILogger logger, string grain, SiloAddress silo);
}
