using System.IO.Enumeration;

namespace MetaCollector.Grains;

/// <summary>Settings of the grains.</summary>
public sealed class GrainsOptions
{
    /// <summary>How long the replicas must stand still before grains that belong elsewhere since then go there.</summary>
    public TimeSpan RebalanceAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// For how long a gateway may be silent before its node takes it for gone. Gateways renew every 10 s; this is two and a half times that. A gateway that was
    /// only slow is told everything again when it renews.
    /// </summary>
    public TimeSpan ObserverExpiry { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Nodes that never have a Falco, such as virtual ones, by name, with * for any letters. Default: none.</summary>
    public IReadOnlyList<string> NodesWithoutFalco { get; set; } = [];

    /// <summary>Whether a node is one of <see cref="NodesWithoutFalco"/>.</summary>
    public bool IsWithoutFalco(string node) => NodesWithoutFalco.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, node, ignoreCase: false));
}
